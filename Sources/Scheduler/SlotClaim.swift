internal import HyperSchedProtocol

/// Slots that a sweep has a right to and a use for, and does not hold.
struct SlotClaim: Hashable, Sendable {
    let sweep: SweepID
    let slots: Int
    /// Only on this agent, where its trial is to grow; nil: on any.
    let agent: AgentID?
    /// Over so many agents, with an equal part on each.
    var agents = 1
    /// For a proposal that has not come yet: free slots are kept for it, but nobody is stopped for it.
    var isExpected = false

    /// Slots on each agent.
    var each: Int { slots / agents }
}

/// Which slots are kept for which claims, while trials that were told to stop still hold some of them.
struct SlotMarks {
    private struct Mark {
        let sweep: SweepID
        let slots: Int
        /// The slots are still to be gathered.
        let isAssembly: Bool
    }

    /// For look-up only.
    private var marks: [AgentID: [Mark]] = [:]
    /// Slots of each agent that trials on their way out will give back.
    private(set) var leaving: [AgentID: Int]

    init(leaving: [AgentID: Int]) { self.leaving = leaving }

    var isEmpty: Bool { marks.isEmpty }

    mutating func mark(_ claim: SlotClaim, on agent: AgentID, isAssembly: Bool = false) {
        marks[agent, default: []].append(Mark(sweep: claim.sweep, slots: claim.each, isAssembly: isAssembly))
    }

    mutating func leaves(_ slots: Int, _ agent: AgentID) { leaving[agent, default: 0] += slots }

    /// Free slots that the sweep must leave to others: what is kept for those and will not come from trials on their
    /// way out.
    func kept(from sweep: SweepID) -> KeptSlots {
        // Each agent by itself: the order does not matter.
        var kept: KeptSlots = [:]
        for (agent, marks) in marks {
            let others = marks.reduce(0) { $0 + ($1.sweep == sweep ? 0 : $1.slots) }
            let free = others - (leaving[agent] ?? 0)
            if free > 0 { kept[agent] = free }
        }
        return kept
    }

    /// All that is kept, whomever it is for.
    var kept: KeptSlots { marks.mapValues { $0.reduce(0) { $0 + $1.slots } } }

    /// Slots of the agent that are free or soon will be, and not kept for another claim.
    func available(for claim: SlotClaim, on agent: AgentID, _ pool: SlotPool) -> Int {
        guard pool.contains(agent) else { return 0 }
        let others = (marks[agent] ?? []).filter { !($0.isAssembly && $0.sweep == claim.sweep) }
        return pool.free(on: agent) + (leaving[agent] ?? 0) - others.reduce(0) { $0 + $1.slots }
    }
}
