import HyperSchedProtocol
import Scheduler

/// Counts how many trials refer to each archive, so that one can be deleted when the last trial lets go of it.
/// A trial keeps its best and its latest checkpoint; the latest one of a child that has written none is its parent's.
struct CheckpointReferences {
    private var counts: [String: Int] = [:]

    init(_ trials: [TrialRecord]) {
        for trial in trials { add(trial) }
    }

    /// All archives that some trial refers to.
    var all: Set<String> { Set(counts.keys) }

    func contains(_ sha256: String) -> Bool { counts[sha256] != nil }

    /// A trial changed: gives the archives that nobody refers to any more, sorted.
    mutating func replace(_ old: TrialRecord?, by new: TrialRecord) -> [String] {
        if let old, old.latestCheckpoint == new.latestCheckpoint, old.bestCheckpoint == new.bestCheckpoint { return [] }
        add(new)
        return old.map { remove($0) } ?? []
    }

    private mutating func add(_ trial: TrialRecord) {
        for sha256 in Self.archives(of: trial) { counts[sha256, default: 0] += 1 }
    }

    private mutating func remove(_ trial: TrialRecord) -> [String] {
        var garbage: [String] = []
        for sha256 in Self.archives(of: trial) {
            let count = counts[sha256, default: 0] - 1
            counts[sha256] = count > 0 ? count : nil
            if count <= 0 { garbage.append(sha256) }
        }
        return garbage
    }

    private static func archives(of trial: TrialRecord) -> [String] {
        Set([trial.latestCheckpoint?.sha256, trial.bestCheckpoint?.sha256].compactMap { $0 }).sorted()
    }
}
