import HyperSchedProtocol
import Scheduler

/// Counts how many trials refer to each archive, so that one can be deleted when the last trial lets go of it.
/// A trial keeps its best and its latest checkpoint; the latest one of a child that has written none is its parent's.
struct CheckpointReferences {
    private var counts: [CheckpointLocation: Int] = [:]

    init(_ trials: [TrialRecord]) {
        for trial in trials { add(trial) }
    }

    /// All archives in the daemon's own store that some trial refers to.
    var own: Set<String> { Set(counts.keys.filter { $0.place == nil }.map(\.name)) }

    func contains(_ archive: CheckpointLocation) -> Bool { counts[archive] != nil }

    /// A trial changed: gives the archives that nobody refers to any more.
    mutating func replace(_ old: TrialRecord?, by new: TrialRecord) -> [CheckpointLocation] {
        if let old, old.latestCheckpoint == new.latestCheckpoint, old.bestCheckpoint == new.bestCheckpoint { return [] }
        add(new)
        return old.map { remove($0) } ?? []
    }

    private mutating func add(_ trial: TrialRecord) {
        for archive in Self.archives(of: trial) { counts[archive, default: 0] += 1 }
    }

    private mutating func remove(_ trial: TrialRecord) -> [CheckpointLocation] {
        var garbage: [CheckpointLocation] = []
        for archive in Self.archives(of: trial) {
            let count = counts[archive, default: 0] - 1
            counts[archive] = count > 0 ? count : nil
            if count <= 0 { garbage.append(archive) }
        }
        return garbage
    }

    private static func archives(of trial: TrialRecord) -> [CheckpointLocation] {
        var archives = [trial.latestCheckpoint, trial.bestCheckpoint].compactMap { $0.map(CheckpointLocation.init) }
        if archives.count == 2, archives[0] == archives[1] { archives.removeLast() }
        return archives
    }
}
