public import HyperSchedProtocol

extension ClusterState {
    /// Takes in one event. `now` never goes backwards.
    public mutating func apply(_ event: ClusterEvent, at now: Timestamp) -> EventResult {
        switch event {
        case .sweepSubmitted(let id, let spec): submit(id, spec, at: now)
        case .sweepCancelled(let id): cancel(id, at: now)
        case .proposed(let id, let proposal, let key): propose(id, proposal, key: key, at: now)
        case .proposalsClosed(let id): closeProposals(id)
        case .sweepExtended(let id, let deadline, let timings): extend(id, to: deadline, timings: timings, at: now)
        case .sweepAdjusted(let id, let adjustment): adjust(id, adjustment, at: now)
        case .agentSynced(let id, let sync): synced(id, sync, at: now)
        case .agentDrained(let id, let draining): drain(id, draining, at: now)
        case .reported(let id, let batch): reported(by: id, batch, at: now)
        case .checkpointStored(let info): checkpointStored(info, at: now)
        case .tick: .done
        }
    }

    private mutating func submit(_ id: SweepID, _ spec: SweepSpec, at now: Timestamp) -> EventResult {
        precondition(runtimes[id] == nil, "sweep \(id) exists")
        lastSweep = max(lastSweep, id.rawValue)
        runtimes[id] = SweepRuntime(record: SweepRecord(id: id, spec: spec, createdAt: now))
        sweepIDs.insert(id)
        activate(id)
        pending.sweeps.insert(id)
        return .done
    }

    mutating func activate(_ id: SweepID) {
        activeSweeps.append(id)
        serveInOrder()
        keepPools()
    }

    /// Served first: the larger priority, then the nearer deadline, then the older sweep.
    mutating func serveInOrder() {
        activeSweeps.sort { a, b in
            let (x, y) = (runtimes[a]!.record.spec, runtimes[b]!.record.spec)
            if x.priority != y.priority { return x.priority > y.priority }
            if x.deadline != y.deadline { return x.deadline < y.deadline }
            return a < b
        }
    }

    private mutating func cancel(_ id: SweepID, at now: Timestamp) -> EventResult {
        guard let runtime = runtimes[id] else { return .refused(.notFound("sweep", id.description)) }
        guard !runtime.record.state.isTerminal else { return .done }
        let reason = Reason(rule: "cancelled", text: "cancelled by the user")
        decide(.cancel, reason, sweep: id, at: now)
        for trial in runtime.idle { endIdle(trial, as: .cancelled, reason: reason.text) }
        for trial in runtime.running { stop(trial, goal: .kill, then: .cancel, reason: reason.text, at: now) }
        endSweep(id, as: .cancelled, reason: reason.text, at: now)
        return .done
    }

    private mutating func synced(_ id: AgentID, _ sync: AgentSync, at now: Timestamp) -> EventResult {
        if agentRecords[id]?.retiredSessions.contains(sync.session) == true {
            return .refused(
                Problem(
                    status: 409, code: "agent_replaced", title: "Another agent took over the name \(id)",
                    detail: "Stop one of the two, or give one another name with --name."))
        }
        if agentRecords[id] == nil {
            setAgent(
                AgentRecord(
                    id: id, session: sync.session, slots: sync.slots, labels: sync.labels, version: sync.version,
                    lastSync: now))
            pending.agents.insert(id)
        }
        let restarted = agentRecords[id]!.session != sync.session
        refresh(id, from: sync, at: now)
        endMissingAttempts(of: id, sync, restarted: restarted, at: now)
        requeueAttemptsOnVanishedSlots(of: id, at: now)
        return .done
    }

    private mutating func refresh(_ id: AgentID, from sync: AgentSync, at now: Timestamp) {
        var agent = agentRecords[id]!
        if agent.session != sync.session {
            agent.retiredSessions = (agent.retiredSessions + [agent.session]).suffix(8)
            agent.session = sync.session
        }
        agent.slots = sync.slots
        agent.labels = sync.labels
        agent.version = sync.version
        agent.runsGangs = sync.runsGangs == true ? true : nil
        agent.address = sync.address
        agent.endsAt = Self.endInstant(sync.endsInSeconds, known: agent.endsAt, at: now)
        agent.lost = false
        // The time of the last sync alone is not worth a write: after a restart every agent gets a fresh lease.
        var compared = agentRecords[id]!
        compared.lastSync = agent.lastSync
        if compared != agent { pending.agents.insert(id) }
        agent.lastSync = now
        setAgent(agent)
    }

    /// An attempt that the agent was told of (or that an earlier process of the agent may have known) and that it does
    /// not hold any more, is gone without a word: its work directory was deleted, say.
    private mutating func endMissingAttempts(of id: AgentID, _ sync: AgentSync, restarted: Bool, at now: Timestamp) {
        let held = Set(sync.attempts)
        for lease in leases(on: id) where !held.contains(lease.attempt) && lease.isOpen(on: id) {
            guard restarted || lease.assignedVersion(on: id) <= sync.seenVersion else { continue }
            let message =
                restarted ? "the agent was restarted and knows nothing of it" : "the agent does not hold it any more"
            memberEnded(
                lease.attempt.trial, on: id,
                AttemptEnded(attempt: lease.attempt, outcome: .lost, message: message, elapsedSeconds: 0), at: now)
        }
    }

    private mutating func requeueAttemptsOnVanishedSlots(of id: AgentID, at now: Timestamp) {
        let present = Set(agentRecords[id]!.slots.map(\.index))
        for lease in leases(on: id) where lease.goal == .run && !lease.slots(on: id).allSatisfy(present.contains) {
            stop(lease.attempt.trial, goal: .stop, then: .requeue, reason: "its slot is gone from \(id)", at: now)
        }
    }

    private mutating func drain(_ id: AgentID, _ draining: Bool, at now: Timestamp) -> EventResult {
        guard var agent = agentRecords[id] else { return .refused(.notFound("agent", id.rawValue)) }
        guard agent.draining != draining else { return .done }
        agent.draining = draining
        setAgent(agent)
        pending.agents.insert(id)
        guard draining else { return .done }
        for lease in leases(on: id) where lease.goal == .run {
            let reason = Reason(rule: "drain", text: "moved away: agent \(id) is draining")
            decide(.requeue, reason, sweep: lease.sweep, trial: lease.attempt.trial, at: now)
            stop(lease.attempt.trial, goal: .stop, then: .requeue, reason: reason.text, at: now)
        }
        return .done
    }

    private mutating func checkpointStored(_ info: CheckpointInfo, at now: Timestamp) -> EventResult {
        guard var trial = trials[info.attempt.trial] else {
            return .refused(.notFound("trial", info.attempt.trial.description))
        }
        guard leasesByTrial[trial.id]?.attempt == info.attempt else { return .refused(.staleAttempt(info.attempt)) }
        if trial.latestCheckpoint.map({ $0.isOlder(than: info) }) ?? true {
            trial.latestCheckpoint = info
            if runtimes[trial.sweep]!.record.spec.steps.isTimed { trial.saved(at: info.step) }
        }
        let metric = runtimes[trial.sweep]!.record.spec.metric
        if let objective = info.objective, objective.isFinite {
            let score = metric.score(of: objective.number)
            let best = trial.bestCheckpoint?.objective.map { metric.score(of: $0.number) }
            if best.map({ score > $0 }) ?? true { trial.bestCheckpoint = info }
        }
        trials[trial.id] = trial
        pending.trials.insert(trial.id)
        return .done
    }
}

extension Problem {
    static func notFound(_ what: String, _ name: String) -> Problem {
        Problem(status: 404, code: "not_found", title: "There is no \(what) \(name)")
    }

    static func staleAttempt(_ attempt: AttemptID) -> Problem {
        Problem(
            status: 409, code: "stale_attempt", title: "Attempt \(attempt) is not the live attempt of its trial",
            detail: "Its lease ended; another attempt may be running. What it has written since is not needed.")
    }
}
