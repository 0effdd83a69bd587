internal import HyperSchedProtocol

/// The slots that one kind of request can be served from: those of all live agents, not draining, that have the kind
/// and the labels. All questions are O(log n) in the number of agents.
struct SlotPool: Equatable, Sendable {
    /// What requests must have in common to share a pool.
    struct Key: Hashable, Sendable {
        let kind: SlotKind
        let labels: [String: String]
        /// Only agents that can run parts of trials.
        let isForGangs: Bool

        init(_ request: SlotRequest) {
            self.init(kind: request.kind, labels: request.labels, isForGangs: request.isGang)
        }

        init(kind: SlotKind, labels: [String: String], isForGangs: Bool = false) {
            self.kind = kind
            self.labels = labels
            self.isForGangs = isForGangs
        }

        func accepts(_ agent: AgentRecord) -> Bool {
            agent.isUsable && (!isForGangs || agent.runsGangs == true) && agent.slotCount(of: kind) > 0
                && labels.allSatisfy { agent.labels[$0.key] == $0.value }
        }
    }

    /// An agent in the pool.
    struct Place: Comparable, Sendable {
        let free: Int
        let agent: AgentID

        static func < (a: Self, b: Self) -> Bool { (a.free, a.agent) < (b.free, b.agent) }
    }

    private struct Share: Equatable, Sendable {
        let free: Int
        let slots: Int
    }

    let key: Key
    /// For look-up only, never iterated.
    private var shares: TreeMap<AgentID, Share> = [:]
    /// By free slots ascending, then by name.
    private(set) var places: SortedList<Place> = []
    private var sizes: SortedList<Int> = []
    private(set) var totalFree = 0
    /// Used or not.
    private(set) var totalSlots = 0

    init(_ key: Key) { self.key = key }

    var isEmpty: Bool { places.isEmpty }
    /// Free slots of an agent; 0 of one that is not in the pool.
    func free(on agent: AgentID) -> Int { shares[agent]?.free ?? 0 }
    /// Slots of an agent, used or not; 0 of one that is not in the pool.
    func slots(of agent: AgentID) -> Int { shares[agent]?.slots ?? 0 }
    func contains(_ agent: AgentID) -> Bool { shares[agent] != nil }
    /// Free slots on the agent that has most of them.
    var largestFree: Int { places.last?.free ?? 0 }
    /// Slots of the agent that has most of them.
    var largest: Int { sizes.last ?? 0 }

    /// Takes in what has become of the agent; to be called whenever it or its free slots have changed.
    mutating func update(_ agent: AgentRecord, _ ledger: SlotLedger) {
        let share =
            key.accepts(agent)
            ? Share(free: ledger.freeCount(on: agent, kind: key.kind), slots: agent.slotCount(of: key.kind)) : nil
        let old = shares[agent.id]
        guard share != old else { return }
        if let old {
            places.remove(Place(free: old.free, agent: agent.id))
            sizes.remove(old.slots)
            totalFree -= old.free
            totalSlots -= old.slots
        }
        if let share {
            places.insert(Place(free: share.free, agent: agent.id))
            sizes.insert(share.slots)
            totalFree += share.free
            totalSlots += share.slots
        }
        shares[agent.id] = share
    }

    /// Best fit: the agent with the fewest free slots that still suffice, so that large gaps stay for large trials; of
    /// equals the first by name.
    func bestFit(_ slots: Int) -> AgentID? { places.firstNotBelow(Place(free: slots, agent: AgentID("")))?.agent }
}
