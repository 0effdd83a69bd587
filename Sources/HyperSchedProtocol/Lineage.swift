/// Where a trial that did not begin at step 0 comes from.
public struct Lineage: Hashable, Sendable, Codable {
    /// The trial whose checkpoint its first attempt goes on from.
    public var parent: TrialID
    /// Completed steps of that checkpoint; 0: the parent had none, so the trial began at the beginning.
    public var parentStep: Int
    /// The trial whose place it took.
    public var replaces: TrialID?

    public init(parent: TrialID, parentStep: Int, replaces: TrialID? = nil) {
        self.parent = parent
        self.parentStep = parentStep
        self.replaces = replaces
    }
}
