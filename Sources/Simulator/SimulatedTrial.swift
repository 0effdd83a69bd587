/// What one configuration would do if it were trained: the replayed curve of a real run, or a made-up one.
public struct SimulatedTrial: Hashable, Sendable {
    /// Objective after step 1, 2, …, in the metric's own direction. NaN where the run diverged.
    public var objective: [Double]
    /// Seconds of each step on one slot; same count as `objective`.
    public var stepSeconds: [Double]
    /// True for a run that ends with an error after its last step (a run that never reports has no step at all).
    public var fails: Bool

    public init(objective: [Double], stepSeconds: [Double], fails: Bool = false) {
        precondition(objective.count == stepSeconds.count, "one duration per step")
        self.objective = objective
        self.stepSeconds = stepSeconds
        self.fails = fails
    }
}
