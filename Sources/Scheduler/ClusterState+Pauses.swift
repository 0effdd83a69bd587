internal import HyperSchedProtocol

/// What people tell the scheduler to leave alone, or to use again.
extension ClusterState {
    mutating func setPaused(_ id: SweepID, _ paused: Bool, at now: Timestamp) -> EventResult {
        guard let record = runtimes[id]?.record else { return .refused(.notFound("sweep", id.description)) }
        guard !record.state.isTerminal else {
            return .refused(
                Problem(
                    status: 409, code: "sweep_over", title: "Sweep \(id) has ended",
                    detail: "It is \(record.state.rawValue). `hypersched sweep extend` lets it go on."))
        }
        return paused ? pause(id, at: now) : resume(id, at: now)
    }

    private mutating func pause(_ id: SweepID, at now: Timestamp) -> EventResult {
        guard runtimes[id]!.record.pause?.by != .user else { return .done }
        let text = "paused by the user; its deadline stays as it is"
        runtimes[id]!.record.pause = SweepPause(by: .user, reason: text, since: now)
        pending.sweeps.insert(id)
        decide(.pauseSweep, Reason(.pausedByUser, text), sweep: id, at: now)
        for trial in runtimes[id]!.active {
            stop(trial, goal: .stop, then: .requeue, reason: "the sweep was paused", at: now)
        }
        return .done
    }

    /// Also forgets what it holds against agents: somebody has looked.
    private mutating func resume(_ id: SweepID, at now: Timestamp) -> EventResult {
        let record = runtimes[id]!.record
        guard record.pause != nil || record.breakers != nil else { return .done }
        forgetBreakers(of: id)
        runtimes[id]!.record.pause = nil
        pending.sweeps.insert(id)
        decide(.resumeSweep, Reason(.pausedByUser, "resumed by the user"), sweep: id, at: now)
        return .done
    }

    mutating func release(_ id: AgentID, at now: Timestamp) -> EventResult {
        guard var agent = agentRecords[id] else { return .refused(.notFound("agent", id.rawValue)) }
        if agent.unclean != nil {
            agent.unclean = nil
            agent.releases = (agent.releases ?? 0) + 1
            agent.desiredVersion += 1
            setAgent(agent)
            pending.agents.insert(id)
        }
        for sweep in activeSweeps where runtimes[sweep]!.record.breakers?.contains(where: { $0.agent == id }) == true {
            forgetBreakers(of: sweep, on: id)
            let text = "agent \(id) is used again: it was released by the user"
            decide(.openAgent, Reason(.breaker, text), sweep: sweep, at: now)
        }
        return .done
    }

    // MARK: Unclean slots

    /// What the agent says, with the instants at which it was first said.
    static func unclean(_ list: [QuarantinedSlot], known: [UncleanSlot]?, at now: Timestamp) -> [UncleanSlot]? {
        guard !list.isEmpty else { return nil }
        return list.sorted { $0.slot < $1.slot }.map { entry in
            known?.first { $0.slot == entry.slot && $0.reason == entry.reason }
                ?? UncleanSlot(
                    slot: entry.slot, reason: entry.reason, since: now.advanced(bySeconds: -max(0, entry.seconds)))
        }
    }

    mutating func noteUnclean(_ list: [QuarantinedSlot], on id: AgentID, at now: Timestamp) {
        guard !list.isEmpty, var agent = agentRecords[id] else { return }
        let others = (agent.unclean ?? []).filter { old in !list.contains { $0.slot == old.slot } }
        let new = Self.unclean(list, known: agent.unclean, at: now) ?? []
        agent.unclean = (others + new).sorted { $0.slot < $1.slot }
        setAgent(agent)
        pending.agents.insert(id)
    }
}
