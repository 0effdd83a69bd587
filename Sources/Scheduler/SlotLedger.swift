internal import HyperSchedProtocol

/// Who holds which slot: the one owner of that knowledge. A slot is free, or belongs to exactly one trial (held by its
/// attempt, or reserved for its next one); taking a slot that is not free is a programmer error and traps.
struct SlotLedger: Equatable, Sendable {
    private var holders: TreeMap<AgentID, [Int: TrialID]> = [:]

    /// Slots of the agent that nobody holds, ascending.
    func free(on agent: AgentRecord, kind: SlotKind) -> [Int] {
        let held = holders[agent.id] ?? [:]
        return agent.cleanSlots.lazy.filter { $0.kind == kind && held[$0.index] == nil }.map(\.index).sorted()
    }

    func freeCount(on agent: AgentRecord, kind: SlotKind) -> Int {
        let held = holders[agent.id] ?? [:]
        return agent.cleanSlots.reduce(0) { $0 + ($1.kind == kind && held[$1.index] == nil ? 1 : 0) }
    }

    mutating func take(_ slots: [Int], on agent: AgentID, for trial: TrialID) {
        for slot in slots {
            let previous = holders[agent, default: [:]].updateValue(trial, forKey: slot)
            precondition(previous == nil, "slot \(slot) of \(agent) is held by trial \(previous!), wanted by \(trial)")
        }
    }

    mutating func release(_ slots: [Int], on agent: AgentID, of trial: TrialID) {
        for slot in slots {
            let holder = holders[agent]?.removeValue(forKey: slot)
            precondition(holder == trial, "slot \(slot) of \(agent) is not held by trial \(trial)")
        }
        if holders[agent]?.isEmpty == true { holders[agent] = nil }
    }
}
