internal import HyperSchedProtocol

/// The only ways to change agents and leases: what is derived from them is kept in step here.
extension ClusterState {
    /// Changes the agent, or adds it.
    mutating func setAgent(_ agent: AgentRecord) {
        let old = agentRecords[agent.id]
        agentRecords[agent.id] = agent
        if old == nil { agentIDs.insert(agent.id) }
        let wasUsable = old?.isUsable ?? false
        if wasUsable != agent.isUsable {
            for lease in leases(on: agent.id) {
                runtimes[lease.sweep]!.countUsable(lease, agent.isUsable ? 1 : -1)
            }
        }
        indexAgent(agent.id)
    }

    /// Changes the trial's lease; nil ends it. The ledger comes first.
    mutating func setLease(_ lease: LeaseRecord?, of id: TrialID) {
        let old = leasesByTrial[id]
        leasesByTrial[id] = lease
        guard let agent = (lease ?? old)?.agent else { return }
        if let old {
            runtimes[old.sweep]!.remove(old, usable: agentRecords[agent]!.isUsable, alarms: limitInstants(old))
        } else {
            leasesByAgent[agent, default: []].insert(id)
        }
        if let lease {
            runtimes[lease.sweep]!.add(lease, usable: agentRecords[agent]!.isUsable, alarms: limitInstants(lease))
        } else {
            leasesByAgent[agent]!.remove(id)
            if leasesByAgent[agent]!.isEmpty { leasesByAgent[agent] = nil }
        }
        indexAgent(agent)
    }

    /// A report came; of what is derived from the lease it moves the alarm of silence only.
    mutating func noteReport(of id: TrialID, at now: Timestamp) {
        let lease = leasesByTrial[id]!
        leasesByTrial[id]!.lastReportAt = now
        guard lease.goal == .run, let old = silenceEnds(lease) else { return }
        runtimes[lease.sweep]!.moveAlarm(of: id, from: old, to: silenceEnds(leasesByTrial[id]!)!)
    }

    mutating func indexAgent(_ id: AgentID) {
        let agent = agentRecords[id]!
        index.update(
            agent, ledger, lostAt: agent.lost ? nil : lostAt(agent), holdsLeases: leasesByAgent[id] != nil)
    }

    // MARK: Pools

    /// The slots that may serve the request. O(1) for active sweeps, O(agents) for others.
    func pool(for request: SlotRequest) -> SlotPool {
        let key = SlotPool.Key(request)
        if let pool = index.pools[key] { return pool }
        var pool = SlotPool(key)
        for id in agentIDs { pool.update(agentRecords[id]!, ledger) }
        return pool
    }

    /// Keeps pools for the requests of the active sweeps, and for what their labels have in common (``SlotBounds``).
    mutating func keepPools() {
        let requests = activeSweeps.map { SlotPool.Key(runtimes[$0]!.record.spec.slots) }
        let needed = SlotBounds.pools(for: requests)
        for key in index.pools.keys where !needed.contains(key) { index.removePool(key) }
        for key in needed where index.pools[key] == nil {
            index.addPool(pool(for: SlotRequest(kind: key.kind, labels: key.labels)))
        }
    }
}

extension AgentRecord {
    /// May be given trials.
    var isUsable: Bool { !lost && !draining }

    func slotCount(of kind: SlotKind) -> Int { slots.reduce(0) { $0 + ($1.kind == kind ? 1 : 0) } }
}
