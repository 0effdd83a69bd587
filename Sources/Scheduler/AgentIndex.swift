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
    /// Seconds that the processes of each lease on an agent may take to stop.
    private var graces: TreeMap<AgentID, SortedList<Double>> = [:]
    /// For look-up only, never iterated. Lost agents are not in it.
    private var expiries: TreeMap<AgentID, Expiry> = [:]
    private var alarms: SortedList<Alarm> = []
    /// Those of agents that hold leases: the others' loss changes nothing that anybody waits for.
    private var busyAlarms: SortedList<Alarm> = []
    /// When agents will be gone that have said so. Lost agents are not in it.
    private var endings: SortedList<Alarm> = []
    /// For look-up only, never iterated.
    private var ends: TreeMap<AgentID, Timestamp> = [:]

    /// Takes in what has become of the agent or its free slots.
    mutating func updateSlots(of agent: AgentRecord, _ ledger: SlotLedger) {
        // The order does not matter: pools do not know of each other.
        for key in pools.keys { pools[key]!.update(agent, ledger) }
    }

    // MARK: Silence

    /// The agent holds one more lease, whose processes may take `grace` seconds to stop.
    mutating func addLease(on agent: AgentID, grace: Double) { graces[agent, default: []].insert(grace) }

    mutating func removeLease(on agent: AgentID, grace: Double) {
        graces[agent]!.remove(grace)
        if graces[agent]!.isEmpty { graces[agent] = nil }
    }

    /// Takes in what has become of the agent or its leases.
    /// - Parameter patience: seconds from its last word until it counts as lost, the grace of its processes left out.
    mutating func updateExpiry(of agent: AgentRecord, patience: Double) {
        // The agent stops its trials at the end of its lease, which takes up to the longest grace.
        let grace = graces[agent.id]?.last
        let new =
            agent.lost
            ? nil
            : Expiry(at: agent.lastSync.advanced(bySeconds: patience + (grace ?? 0)), holdsLeases: grace != nil)
        noteEnd(of: agent)
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
