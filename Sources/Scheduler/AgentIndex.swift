internal import HyperSchedProtocol

/// What is derived from agents, so that no decision has to look at all of them: pools of slots, and when each silent
/// agent will count as lost.
struct AgentIndex: Equatable, Sendable {
    private struct Alarm: Comparable, Sendable {
        let at: Timestamp
        let agent: AgentID

        static func < (a: Self, b: Self) -> Bool { (a.at, a.agent) < (b.at, b.agent) }
    }

    private struct Expiry: Equatable, Sendable {
        let at: Timestamp
        let holdsLeases: Bool
    }

    /// One for each kind of request of the active sweeps.
    private(set) var pools: [SlotPool.Key: SlotPool] = [:]
    /// For look-up only, never iterated. Lost agents are not in it.
    private var expiries: TreeMap<AgentID, Expiry> = [:]
    private var alarms: SortedList<Alarm> = []
    /// Those of agents that hold leases: the others' loss changes nothing that anybody waits for.
    private var busyAlarms: SortedList<Alarm> = []
    /// When agents will be gone that have said so. Lost agents are not in it.
    private var endings: SortedList<Alarm> = []
    /// For look-up only, never iterated.
    private var ends: TreeMap<AgentID, Timestamp> = [:]

    /// - Parameter expiry: when the agent counts as lost; nil: it does already.
    mutating func update(_ agent: AgentRecord, _ ledger: SlotLedger, lostAt expiry: Timestamp?, holdsLeases: Bool) {
        // The order does not matter: pools do not know of each other.
        for key in pools.keys { pools[key]!.update(agent, ledger) }
        noteEnd(of: agent)
        let new = expiry.map { Expiry(at: $0, holdsLeases: holdsLeases) }
        let old = expiries[agent.id]
        guard new != old else { return }
        if let old {
            alarms.remove(Alarm(at: old.at, agent: agent.id))
            if old.holdsLeases { busyAlarms.remove(Alarm(at: old.at, agent: agent.id)) }
        }
        if let new {
            alarms.insert(Alarm(at: new.at, agent: agent.id))
            if new.holdsLeases { busyAlarms.insert(Alarm(at: new.at, agent: agent.id)) }
        }
        expiries[agent.id] = new
    }

    private mutating func noteEnd(of agent: AgentRecord) {
        let (new, old) = (agent.lost ? nil : agent.endsAt, ends[agent.id])
        guard new != old else { return }
        if let old { endings.remove(Alarm(at: old, agent: agent.id)) }
        if let new { endings.insert(Alarm(at: new, agent: agent.id)) }
        ends[agent.id] = new
    }

    var hasEndings: Bool { !endings.isEmpty }

    /// Agents that will be gone at the instant or before, the first one first.
    func ending(by instant: Timestamp) -> [AgentID] {
        var found: [AgentID] = []
        for alarm in endings {
            guard alarm.at <= instant else { break }
            found.append(alarm.agent)
        }
        return found
    }

    func nextEnding(after instant: Timestamp) -> Timestamp? {
        let next = Alarm(at: Timestamp(milliseconds: instant.milliseconds + 1), agent: AgentID(""))
        return endings.firstNotBelow(next)?.at
    }

    mutating func addPool(_ pool: SlotPool) { pools[pool.key] = pool }

    mutating func removePool(_ key: SlotPool.Key) { pools[key] = nil }

    /// Agents that count as lost at the instant and are not marked so yet, by name.
    func expired(at now: Timestamp) -> [AgentID] {
        var due: [AgentID] = []
        for alarm in alarms {
            guard alarm.at <= now else { break }
            due.append(alarm.agent)
        }
        return due.sorted()
    }

    func nextExpiry(after now: Timestamp) -> Timestamp? {
        let next = Alarm(at: Timestamp(milliseconds: now.milliseconds + 1), agent: AgentID(""))
        return busyAlarms.firstNotBelow(next)?.at
    }
}
