public import HyperSchedProtocol

/// What a trial is likely to reach by the deadline with a given number of slots.
public struct DeadlineOdds: Hashable, Sendable {
    public let trial: TrialID
    public let slots: Int
    /// Expected best objective at the deadline, in the metric's own direction.
    public let expected: Double
    /// The middle 80 % of what it may be, ascending.
    public let interval: ClosedRange<Double>
    /// P(the target is reached by the deadline); nil: the sweep has no target.
    public let reachesTarget: Double?
    /// Change of ``expected`` with two slots fewer and two slots more; nil: it can not have that many.
    public let fewerSlots: Double?
    public let moreSlots: Double?
}

/// What the best of a whole sweep is likely to be at its deadline.
public struct SweepOdds: Hashable, Sendable {
    /// Best objective of any trial at the deadline that is exceeded as likely as not, in the metric's own direction.
    public let expected: Double
    /// The middle 80 % of what it may be, ascending. It never excludes the best so far.
    public let interval: ClosedRange<Double>
    /// P(some trial reaches the target by the deadline); nil: there is no target.
    public let reachesTarget: Double?
}
