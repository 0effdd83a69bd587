public import HyperSchedProtocol

/// What a lease over several agents adds to one on a single agent. The members are there together or not at all: their
/// slots are taken in one step and given back in one step, when the last member's process is known to be gone.
public struct GangLease: Hashable, Sendable, Codable {
    /// One agent of the gang.
    public struct Member: Hashable, Sendable, Codable {
        public let agent: AgentID
        /// Ascending.
        public let slots: [Int]
        /// The agent's desired-state version that first had the attempt.
        public let assignedVersion: Int64
    }

    /// How a member's process ended.
    public struct End: Hashable, Sendable, Codable {
        public let rank: Int
        public let ended: AttemptEnded
        /// It had been told to stop before.
        public let wasTold: Bool
    }

    /// By rank; the first one is the lease's own agent.
    public let members: [Member]
    /// In order of arrival.
    public internal(set) var ends: [End] = []
    public let masterAddress: String
    public let masterPort: Int

    init(members: [Member], masterAddress: String, masterPort: Int) {
        self.members = members
        self.masterAddress = masterAddress
        self.masterPort = masterPort
    }

    func rank(of agent: AgentID) -> Int? { members.firstIndex { $0.agent == agent } }

    /// The member's process is known to be gone.
    func hasEnded(_ rank: Int) -> Bool { ends.contains { $0.rank == rank } }

    var isOver: Bool { ends.count == members.count }

    func place(of rank: Int) -> GangPlace {
        GangPlace(
            rank: rank, size: members.count, slotsEach: members[rank].slots.count, masterAddress: masterAddress,
            masterPort: masterPort)
    }

    // MARK: How the attempt ended

    /// Whether this end of a member ends the others too. A member beside the leader that ends with success has done its
    /// part; the leader may still have its last checkpoint to write.
    func endsAll(_ end: End) -> Bool { !end.wasTold && (end.ended.outcome != .exited || end.rank == 0) }

    /// How the attempt ended, all members taken together: as the member did that ended it, else as the leader did.
    func outcome(of attempt: AttemptID) -> AttemptEnded {
        let cause = cause
        let leader = ends.first { $0.rank == 0 }
        let deciding = cause ?? leader ?? ends[0]
        var ended = deciding.ended
        if cause == nil, ended.outcome == .failed {
            // It was to stop anyway, and one that loses the others before it has heard of it can only fail.
            ended.outcome = .interrupted
        }
        if ended.outcome != .exited, cause != nil || deciding.rank != 0 {
            let why = ended.message.isEmpty ? ended.outcome.rawValue : ended.message
            ended.message = "rank \(deciding.rank) on \(members[deciding.rank].agent): \(why)"
        }
        return AttemptEnded(
            attempt: attempt, outcome: ended.outcome, exitCode: ended.exitCode, signal: ended.signal,
            message: ended.message, elapsedSeconds: ends.map(\.ended.elapsedSeconds).max() ?? 0,
            stopSeconds: ends.compactMap(\.ended.stopSeconds).max(),
            failure: ended.outcome == .failed ? ended.failure : nil, lastLines: ended.lastLines)
    }

    /// The end that ended the others. When one member fails, the others lose touch and fail as well, and any of them
    /// may be heard of first: a lost agent explains all failures, and a signal (no memory, say) more than an exit
    /// status.
    private var cause: End? {
        guard let first = ends.first(where: endsAll) else { return nil }
        guard first.ended.outcome == .failed || first.ended.outcome == .lost else { return first }
        if let lost = ends.first(where: { $0.ended.outcome == .lost }) { return lost }
        return ends.first { $0.ended.outcome == .failed && $0.ended.signal != nil } ?? first
    }
}

/// An agent and slots of it.
struct LeasePlace: Hashable, Sendable {
    let agent: AgentID
    /// Ascending.
    let slots: [Int]
}

extension LeaseRecord {
    /// All slots that the attempt holds, over all agents.
    public var slotCount: Int { gang?.members.reduce(0) { $0 + $1.slots.count } ?? slots.count }

    /// The indices of all its slots, by rank.
    public var allSlots: [Int] { gang?.members.flatMap(\.slots) ?? slots }

    /// The agents of the attempt, by rank.
    public var agents: [AgentID] { gang?.members.map(\.agent) ?? [agent] }

    /// The attempt's slots on the agent.
    public func slots(on agent: AgentID) -> [Int] {
        guard let gang else { return agent == self.agent ? slots : [] }
        return gang.members.first { $0.agent == agent }?.slots ?? []
    }

    /// All that it holds, what is reserved for its next attempt included.
    public var holdings: [(agent: AgentID, slots: [Int])] {
        gang?.members.map { ($0.agent, $0.slots) } ?? [(agent, slots + reserved)]
    }

    /// How many slots it holds on the agent, reserved ones included.
    func heldCount(on agent: AgentID) -> Int {
        gang == nil ? (agent == self.agent ? slots.count + reserved.count : 0) : slots(on: agent).count
    }

    /// The agent should still have the attempt: it is its agent, or a member that has not ended.
    func isOpen(on agent: AgentID) -> Bool {
        guard let gang else { return agent == self.agent }
        return gang.rank(of: agent).map { !gang.hasEnded($0) } ?? false
    }

    /// The agent's desired-state version that first had the attempt.
    func assignedVersion(on agent: AgentID) -> Int64 {
        gang?.members.first { $0.agent == agent }?.assignedVersion ?? assignedVersion
    }
}
