internal import HyperSchedProtocol

/// Trials over several agents.
extension ClusterState {
    /// The members in the order of their ranks. The leader must be within reach of the others: an agent that the daemon
    /// sees on its own machine leads only where all are there.
    func ranked(_ agents: [AgentID]) -> [AgentID] {
        agents.sorted { a, b in
            let (x, y) = (agentRecords[a]!.isOnLoopback, agentRecords[b]!.isOnLoopback)
            return x == y ? a < b : !x
        }
    }

    /// What makes a lease on these places one of a gang.
    func gangLease(_ places: [LeasePlace], of attempt: AttemptID) -> GangLease {
        let members = places.map {
            GangLease.Member(
                agent: $0.agent, slots: $0.slots, assignedVersion: agentRecords[$0.agent]!.desiredVersion)
        }
        let address = agentRecords[places[0].agent]!.address ?? places[0].agent.rawValue
        return GangLease(
            members: members, masterAddress: address, masterPort: masterPort(for: attempt, at: address))
    }

    /// A port that no other gang is given on that machine. Another attempt gets another one: somebody may listen there.
    private func masterPort(for attempt: AttemptID, at address: String) -> Int {
        var taken: Set<Int> = []
        for sweep in activeSweeps where runtimes[sweep]!.record.spec.slots.isGang {
            for trial in runtimes[sweep]!.running {
                guard let gang = leasesByTrial[trial]?.gang, gang.masterAddress == address else { continue }
                taken.insert(gang.masterPort)
            }
        }
        let ports = GangPlace.ports
        let first = (Int(attempt.trial.rawValue % 10_000) + 37 * (attempt.number - 1)) % ports.count
        for offset in ports.indices {
            let port = ports.lowerBound + (first + offset - ports.lowerBound) % ports.count
            if !taken.contains(port) { return port }
        }
        return ports.lowerBound + first
    }

    /// A process of the attempt on the agent is gone. Of a gang the others are told to stop, with a checkpoint, and the
    /// attempt ends when the last one is gone.
    mutating func memberEnded(_ id: TrialID, on agent: AgentID, _ ended: AttemptEnded, at now: Timestamp) {
        guard var lease = leasesByTrial[id], lease.attempt == ended.attempt, lease.isOpen(on: agent) else { return }
        guard var gang = lease.gang, let rank = gang.rank(of: agent) else { return end(lease, ended, at: now) }
        let last = GangLease.End(rank: rank, ended: ended, wasTold: lease.goal != .run)
        gang.ends.append(last)
        lease.gang = gang
        if gang.isOver { return end(lease, gang.outcome(of: lease.attempt), at: now) }
        if gang.endsAll(last) { halt(&lease, last, at: now) }
        setLease(lease, of: id)
        pending.leases.insert(id)
        touch(lease.agents)
    }

    /// Tells the other members to stop. What becomes of the trial is decided by how the attempt ends.
    private mutating func halt(_ lease: inout LeaseRecord, _ end: GangLease.End, at now: Timestamp) {
        let agent = lease.gang!.members[end.rank].agent
        let why = end.ended.message.isEmpty ? "" : ": \(end.ended.message)"
        let reason = Reason(
            rule: "gang",
            text: "rank \(end.rank) on \(agent) ended (\(end.ended.outcome.rawValue))\(why); the others stop",
            numbers: ["rank": MetricValue(Double(end.rank)), "members": MetricValue(Double(lease.agents.count))])
        decide(.stop, reason, sweep: lease.sweep, trial: lease.attempt.trial, at: now)
        lease.goal = .stop
        lease.stopAt = now
        lease.stopReason = reason.text
    }

    /// What these agents should do has changed.
    mutating func touch(_ agents: [AgentID]) {
        for agent in agents {
            agentRecords[agent]!.desiredVersion += 1
            pending.agents.insert(agent)
        }
    }

    /// Most slots that gangs of the sweep can have at the same time.
    func gangLimit(of sweep: SweepID) -> Int {
        let request = runtimes[sweep]!.record.spec.slots
        return pool(for: request).room(for: request, .all)
    }

    /// Why no gang of the request can start, whatever is free; nil: one can.
    func gangObstacle(_ request: SlotRequest, _ pool: SlotPool) -> String? {
        guard request.isGang, pool.room(for: request, .all) == 0 else { return nil }
        let fitting = pool.places.count { pool.slots(of: $0.agent) >= request.minEach }
        return "slots.agents is \(request.agentCount), but \(fitting) live agents that run parts of trials have "
            + "\(request.minEach) \(request.kind.rawValue) slots"
    }
}

extension AgentRecord {
    /// Nobody but the daemon's own machine reaches it there.
    var isOnLoopback: Bool {
        guard let address else { return true }
        return address.hasPrefix("127.") || address == "::1" || address == "localhost"
    }
}
