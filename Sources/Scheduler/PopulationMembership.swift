public import HyperSchedProtocol

/// What population based training remembers of one trial (docs/SCHEDULING.md, "pbt").
public struct PopulationMembership: Hashable, Sendable, Codable {
    /// How many points of comparison lie behind it.
    public var passed = 0
    /// Score at the latest one; nil: none yet.
    public var score: Double?
    /// The trial that was better and is copied in its place; nil: it is a member of the population.
    public var replacedBy: TrialID?

    public init() {}
}
