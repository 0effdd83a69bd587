internal import HyperSchedProtocol

/// Which slots a question to a policy is about.
struct SlotRoom: Sendable {
    enum Scope: Sendable {
        /// Those that are free now.
        case free
        /// As if all that the sweep does not hold were free.
        case whole
    }

    var scope = Scope.free
    /// Slots that the sweep may count on, those it holds included.
    var capacity: Int
    /// At most so many beside those it holds.
    var limit = Int.max
    /// Not for this sweep.
    var kept: KeptSlots = [:]
    /// The only waiting trial that is shown; nil: all are.
    var onlyWaiting: TrialID?
    /// Waiting trials that are not shown: what they need is not there now.
    var hidden: Set<TrialID> = []
}

/// What a sweep may have while it shares slots with others.
struct SweepShare: Equatable, Sendable {
    /// What it has a right to now, as far as it has a use for it.
    var slots: Int
    /// What it may plan with: its share, what nobody else claims, and what it would have if it wanted more.
    var capacity: Int
    /// Its minimum satisfactory share.
    var minimum: Int
    /// It holds less than its share and wants more.
    var isShort: Bool
    /// What it would have if all wanted more.
    var fair: Int
}
