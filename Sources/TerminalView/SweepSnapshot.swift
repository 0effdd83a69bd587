public import HyperSchedProtocol

/// What the live view shows of a sweep: gathered from the daemon, drawn by ``WatchScreen``.
public struct SweepSnapshot: Sendable {
    public var sweep: SweepSummary
    /// Best first; as many as were asked for.
    public var ranking: [RankedTrial]
    /// Curves of the trials of `ranking`, as far as known.
    public var curves: [TrialID: [CurvePoint]]
    /// In order of time; the last ones count.
    public var decisions: [Decision]
    /// Where the picture of the slots is wanted.
    public var attempts: [AttemptRecord]

    public init(
        sweep: SweepSummary, ranking: [RankedTrial], curves: [TrialID: [CurvePoint]] = [:], decisions: [Decision] = [],
        attempts: [AttemptRecord] = []
    ) {
        self.attempts = attempts
        self.sweep = sweep
        self.ranking = ranking
        self.curves = curves
        self.decisions = decisions
    }

    /// The objective over the steps: live reports in time only, by step ascending, one value for each step.
    func points(of trial: TrialID) -> [(step: Int, value: Double)] {
        var latest: [Int: Double] = [:]
        for point in curves[trial] ?? [] where !point.stale && !point.late {
            if let value = point.metrics[sweep.spec.metric.name] { latest[point.step] = value.number }
        }
        return latest.sorted { $0.key < $1.key }.map { (step: $0.key, value: $0.value) }
    }

    /// One scale for all curves shown, so that they can be compared.
    func scale(of trials: [RankedTrial]) -> Sparkline {
        let seen = trials.flatMap { points(of: $0.trial) }
        let values = seen.map(\.value).filter(\.isFinite)
        // Where time is what counts, nobody knows how many steps a program will do in it.
        let last = sweep.spec.steps.isTimed ? seen.map(\.step).max() ?? 1 : sweep.spec.steps.max
        return Sparkline(lastStep: last, bottom: values.min() ?? 0, top: values.max() ?? 0)
    }
}
