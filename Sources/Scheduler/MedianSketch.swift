/// What the median policy remembers of one trial's curve (docs/SCHEDULING.md, "median").
public struct MedianSketch: Hashable, Sendable, Codable {
    /// Completed steps at the latest report that was counted; steps that are repeated after a restart count once.
    public var step = 0
    /// Best score so far; nil: none that is a number.
    public var best: Double?
    /// Sum and number of the scores after the grace steps.
    public var sum = 0.0
    public var count = 0
    /// The statistic at each point of judgement that was passed; nil: there was none.
    public var points: [Double?] = []
    /// Paused by the rule and not resumed since.
    public var paused = false

    public init() {}
}
