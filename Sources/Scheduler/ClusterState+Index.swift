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
                let held = lease.heldCount(on: agent.id)
                runtimes[lease.sweep]!.countUsable(agent.isUsable ? held : -held)
            }
        }
        indexAgent(agent.id)
    }

    private mutating func indexAgent(_ id: AgentID) {
        index.updateSlots(of: agentRecords[id]!, ledger)
        indexExpiry(of: id)
    }

    private mutating func indexExpiry(of id: AgentID) {
        index.updateExpiry(
            of: agentRecords[id]!, patience: settings.leaseSeconds + settings.lostMarginSeconds)
    }

    /// Changes the trial's lease; nil ends it. The ledger comes first.
    mutating func setLease(_ lease: LeaseRecord?, of id: TrialID) {
        let old = leasesByTrial[id]
        leasesByTrial[id] = lease
        guard let agents = (lease ?? old)?.agents else { return }
        if let old {
            runtimes[old.sweep]!.remove(
                old, TrialRank(trials[id]!), usable: usableSlots(of: old), alarms: limitInstants(old))
        } else {
            countLease(lease!)
        }
        if let lease {
            addToRuntime(lease)
        } else {
            forgetLease(old!)
        }
        guard lease == nil || old == nil else {
            if lease!.reserved != old!.reserved { index.updateSlots(of: agentRecords[agents[0]]!, ledger) }
            return
        }
        for agent in agents { indexAgent(agent) }
    }

    /// Slots that it holds on agents that may be given trials.
    private func usableSlots(of lease: LeaseRecord) -> Int {
        lease.agents.reduce(0) { $0 + (agentRecords[$1]!.isUsable ? lease.heldCount(on: $1) : 0) }
    }

    private mutating func countLease(_ lease: LeaseRecord) {
        let grace = runtimes[lease.sweep]!.record.spec.checkpoint.graceSeconds
        for agent in lease.agents {
            leasesByAgent[agent, default: []].insert(lease.attempt.trial)
            index.addLease(on: agent, grace: grace)
        }
    }

    private mutating func forgetLease(_ lease: LeaseRecord) {
        let grace = runtimes[lease.sweep]!.record.spec.checkpoint.graceSeconds
        for agent in lease.agents {
            leasesByAgent[agent]!.remove(lease.attempt.trial)
            if leasesByAgent[agent]!.isEmpty { leasesByAgent[agent] = nil }
            index.removeLease(on: agent, grace: grace)
        }
    }

    /// After a restart: derives everything from the records.
    mutating func rebuildIndex() {
        for id in leasesByTrial.keys.sorted() {
            countLease(leasesByTrial[id]!)
            addToRuntime(leasesByTrial[id]!)
        }
        for agent in agentIDs { indexAgent(agent) }
    }

    private mutating func addToRuntime(_ lease: LeaseRecord) {
        runtimes[lease.sweep]!.add(
            lease, TrialRank(trials[lease.attempt.trial]!), usable: usableSlots(of: lease),
            alarms: limitInstants(lease))
    }

    /// A report came; of what is derived from the lease it moves the alarm of silence only.
    mutating func noteReport(of id: TrialID, at now: Timestamp) {
        let lease = leasesByTrial[id]!
        leasesByTrial[id]!.lastReportAt = now
        guard lease.goal == .run, let old = silenceEnds(lease) else { return }
        runtimes[lease.sweep]!.moveAlarm(of: id, from: old, to: silenceEnds(leasesByTrial[id]!)!)
    }

    // MARK: Pools

    /// The slots that may serve the request. O(1) for active sweeps, O(agents) for others.
    func pool(for request: SlotRequest) -> SlotPool { pool(for: SlotPool.Key(request)) }

    func pool(for key: SlotPool.Key) -> SlotPool {
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
            index.addPool(pool(for: key))
        }
    }
}

extension AgentRecord {
    /// May be given trials.
    var isUsable: Bool { !lost && !draining }

    func slotCount(of kind: SlotKind) -> Int { slots.reduce(0) { $0 + ($1.kind == kind ? 1 : 0) } }
}
