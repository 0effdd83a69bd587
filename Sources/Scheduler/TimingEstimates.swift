internal import HyperSchedProtocol

/// What HyperSched knows of speed and overhead, learned from reports.
struct TimingEstimates: Equatable, Sendable {
    /// Slots on which an iteration counts for ``baseStepSeconds``.
    let minSlots: Int
    private var stepSeconds = OrderStatistics()
    private var setupSeconds = OrderStatistics()
    /// For look-up only, never iterated.
    private var trained: TreeMap<TrialID, Double> = [:]
    /// Longest training time of any trial, ended ones included, seconds; -1 before the first report, as published.
    private(set) var longest = -1.0

    /// Steps are seconds of training: each takes one.
    private let isTimed: Bool

    init(minSlots: Int, isTimed: Bool = false) {
        self.minSlots = minSlots
        self.isTimed = isTimed
    }

    mutating func observe(_ timing: ReportTiming) {
        if timing.slots == minSlots {
            stepSeconds.insert(isTimed ? 1 : timing.iterationSeconds / Double(max(1, timing.iterationSteps)))
        }
        if let setup = timing.setupSeconds { setupSeconds.insertDistinct(setup) }
        guard timing.iterationSeconds.isFinite else { return }
        let total = trained[timing.trial, default: 0] + timing.iterationSeconds
        trained[timing.trial] = total
        longest = max(longest, total)
    }

    /// Median seconds per step on exactly `minSlots` slots; nil: none seen yet.
    var baseStepSeconds: Double? { stepSeconds.quantile(1, over: 2) }

    /// S: 90th percentile of the *set* of distinct start-up times, seconds; -1 when none is known, as published.
    var setup: Double { setupSeconds.quantile(9, over: 10) ?? -1 }
}
