/// What the deadline policy remembers of one trial's curve, beside the scores at its milestones
/// (``PolicyTrialState/rungs``): constant size per trial and doubling.
public struct CurveSketch: Hashable, Sendable, Codable {
    /// Completed steps at the latest report.
    public var step = 0
    /// Best score so far; nil: none yet.
    public var best: Double?
    /// Seconds of training since the trial last got its slots.
    public var sinceStart = 0.0

    public init() {}
}
