internal import HyperSchedProtocol

/// A sweep while the daemon runs: its record, its policy and the indices that make each question cheap.
struct SweepRuntime: Equatable, Sendable {
    var record: SweepRecord
    var policy: AnyPolicy
    /// Learns for forecasts beside a policy that makes none.
    var observer: SweepForecaster?
    /// By id ascending.
    private(set) var waiting: [TrialID] = []
    private(set) var paused: [TrialID] = []
    private(set) var running: [TrialID] = []
    private(set) var counts: [TrialState: Int] = [:]
    /// Trials that ever reported the objective.
    var scoredTrials = 0
    /// Best score of any trial, reported in time; nil: none.
    private(set) var bestScore: Double?
    /// Trials that ended in `failed` or `no_metric`.
    var hopeless: Int { counts[.failed, default: 0] + counts[.noMetric, default: 0] }

    init(record: SweepRecord) {
        self.record = record
        policy = AnyPolicy(record.spec)
        observer = Self.observer(for: record.spec)
    }

    /// Moves a trial between the lists; `old` is nil for a new one.
    mutating func move(_ trial: TrialID, from old: TrialState?, to new: TrialState) {
        if let old {
            counts[old, default: 0] -= 1
            if counts[old] == 0 { counts[old] = nil }
            change(old) { $0.removeSorted(trial) }
        }
        counts[new, default: 0] += 1
        change(new) { $0.insertSorted(trial) }
    }

    mutating func noteBest(_ score: Double?) {
        guard let score else { return }
        bestScore = max(bestScore ?? score, score)
    }

    private mutating func change(_ state: TrialState, _ body: (inout [TrialID]) -> Void) {
        switch state {
        case .waiting: body(&waiting)
        case .paused: body(&paused)
        case .running: body(&running)
        case .completed, .pruned, .failed, .diverged, .noMetric, .cancelled: break
        }
    }
}

extension [TrialID] {
    /// Index of the first element not below `id`, in an ascending array.
    func lowerBound(_ id: TrialID) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insertSorted(_ id: TrialID) { insert(id, at: lowerBound(id)) }

    mutating func removeSorted(_ id: TrialID) {
        let index = lowerBound(id)
        precondition(index < count && self[index] == id, "trial \(id) is not in its list")
        remove(at: index)
    }
}
