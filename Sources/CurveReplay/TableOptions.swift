public import HyperSchedProtocol

/// How a table of curves is read.
public struct TableOptions: Hashable, Sendable {
    /// Which configurations of a table are used: half of them to develop a policy, the other half to test it.
    public enum Part: String, Hashable, Sendable, CaseIterable { case all, odd, even }

    /// The column with the objective; nil: `metric`.
    public var metric: String?
    public var goal: Metric.Goal
    /// The column with the seconds since the start of the run; nil: `elapsed_s`, if there is one.
    public var elapsed: String?
    /// Seconds of each step where the table has no times.
    public var stepSeconds: Double
    public var part: Part

    public init(
        metric: String? = nil, goal: Metric.Goal = .maximize, elapsed: String? = nil, stepSeconds: Double = 100,
        part: Part = .all
    ) {
        self.metric = metric
        self.goal = goal
        self.elapsed = elapsed
        self.stepSeconds = stepSeconds
        self.part = part
    }
}
