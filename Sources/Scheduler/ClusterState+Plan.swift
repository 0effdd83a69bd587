public import HyperSchedProtocol

extension ClusterState {
    /// Decides: what time alone has changed, then who gets the free slots. Calling it again at the same instant changes
    /// nothing more.
    public mutating func plan(at now: Timestamp) {
        expireAgents(at: now)
        for sweep in activeSweeps { enforceTime(on: sweep, at: now) }
        for sweep in activeSweeps where !runtimes[sweep]!.record.state.isTerminal {
            enforceLimits(of: sweep, at: now)
            fillSlots(of: sweep, at: now)
        }
        recordForecasts(at: now)
    }

    /// The earliest instant after `now` at which time alone changes something; nil: never.
    public func nextWakeUp(after now: Timestamp) -> Timestamp? {
        var instants = agents.filter { !$0.lost && leasesByAgent[$0.id] != nil }.map(lostAt)
        for sweep in activeSweeps {
            let record = runtimes[sweep]!.record
            instants += [stopBegins(sweep), record.spec.deadline]
            if let moment = nextForecast(of: sweep) { instants.append(moment) }
            for trial in runtimes[sweep]!.running { instants += limitInstants(leasesByTrial[trial]!, record.spec) }
        }
        return instants.filter { $0 > now }.min()
    }

    // MARK: Time

    private func lostAt(_ agent: AgentRecord) -> Timestamp {
        agent.lastSync.advanced(
            bySeconds: settings.leaseSeconds + longestGrace(on: agent.id) + settings.lostMarginSeconds)
    }

    /// The agent stops its trials at the end of its lease, which takes up to their grace.
    private func longestGrace(on agent: AgentID) -> Double {
        leases(on: agent).map { runtimes[$0.sweep]!.record.spec.checkpoint.graceSeconds }.max() ?? 0
    }

    private mutating func expireAgents(at now: Timestamp) {
        for id in agentIDs where !agentRecords[id]!.lost && now >= lostAt(agentRecords[id]!) {
            agentRecords[id]!.lost = true
            pending.agents.insert(id)
            for lease in leases(on: id) {
                let silent = Int(now.seconds(since: agentRecords[id]!.lastSync))
                let ended = AttemptEnded(
                    attempt: lease.attempt, outcome: .lost, message: "agent \(id) has been silent for \(silent) s",
                    elapsedSeconds: now.seconds(since: lease.startedAt))
                end(lease, ended, at: now)
            }
        }
    }

    private mutating func enforceTime(on sweep: SweepID, at now: Timestamp) {
        let record = runtimes[sweep]!.record
        if now >= record.spec.deadline {
            for trial in runtimes[sweep]!.running {
                stop(trial, goal: .kill, then: .deadline, reason: "the deadline has come", at: now)
            }
        } else if now >= stopBegins(sweep), !record.state.isTerminal {
            let left = Int(record.spec.deadline.seconds(since: now).rounded(.up))
            let reason = Reason(
                rule: "deadline", text: "stopped for the deadline in \(left) s, with a last checkpoint",
                numbers: ["seconds_left": MetricValue(record.spec.deadline.seconds(since: now))])
            for trial in runtimes[sweep]!.running where leasesByTrial[trial]!.goal == .run {
                decide(.stop, reason, sweep: sweep, trial: trial, at: now)
                stop(trial, goal: .stop, then: .deadline, reason: reason.text, at: now)
            }
        }
        guard !record.state.isTerminal, now >= stopBegins(sweep),
            runtimes[sweep]!.running.isEmpty || now >= record.spec.deadline
        else { return }
        let text = "the deadline \(record.spec.deadline) came; no slot is held any more or will be"
        decide(.finish, Reason(rule: "deadline", text: text), sweep: sweep, at: now)
        endSweep(sweep, as: .deadlineReached, reason: "the deadline came", at: now)
    }

    // MARK: Limits

    private func limitInstants(_ lease: LeaseRecord, _ spec: SweepSpec) -> [Timestamp] {
        guard lease.goal == .run else { return [] }
        let wall = spec.limits.trialWallSeconds.map {
            lease.startedAt.advanced(bySeconds: $0 - trials[lease.attempt.trial]!.wallSeconds)
        }
        let silent = spec.limits.noReportSeconds.map { lease.lastReportAt.advanced(bySeconds: $0) }
        return [wall, silent].compactMap { $0 }
    }

    private mutating func enforceLimits(of sweep: SweepID, at now: Timestamp) {
        let spec = runtimes[sweep]!.record.spec
        for id in runtimes[sweep]!.running {
            let lease = leasesByTrial[id]!
            guard lease.goal == .run else { continue }
            let wall = trials[id]!.wallSeconds + now.seconds(since: lease.startedAt)
            let silence = now.seconds(since: lease.lastReportAt)
            let text: String
            if let limit = spec.limits.trialWallSeconds, wall >= limit {
                text = "ran for \(Int(wall)) s, limits.trial_wall is \(Int(limit)) s"
            } else if let limit = spec.limits.noReportSeconds, silence >= limit {
                text = "no report for \(Int(silence)) s, limits.no_report is \(Int(limit)) s"
            } else {
                continue
            }
            decide(.fail, Reason(rule: "limit", text: text), sweep: sweep, trial: id, at: now)
            stop(id, goal: .stop, then: .fail(.failed), reason: text, at: now)
        }
    }

    // MARK: Slots

    private mutating func fillSlots(of sweep: SweepID, at now: Timestamp) {
        guard now < stopBegins(sweep) else { return }
        while true {
            let view = view(of: sweep, at: now)
            guard view.largestFree >= view.minSlots else { return }
            let choice = runtimes[sweep]!.policy.choose(in: view)
            switch choice {
            case .nothing(let reason): return finishIfExhausted(sweep, reason, at: now)
            case .prune(let ids, let reason): dropForGood(ids, reason, sweep, at: now)
            case .start(let trial, let slots, let reason):
                guard place(trial, slots, reason, sweep, at: now) else { return }
            case .startNew(let slots, let reason):
                guard agentFor(slots, of: sweep) != nil, let trial = createTrial(in: sweep, at: now) else { return }
                guard place(trial, slots, reason, sweep, at: now) else { return }
            }
        }
    }

    private mutating func dropForGood(_ ids: [TrialID], _ reason: Reason, _ sweep: SweepID, at now: Timestamp) {
        precondition(!ids.isEmpty, "a policy that drops nothing would be asked for ever")
        decide(.closeAdmission, reason, sweep: sweep, at: now)
        for id in ids {
            decide(.prune, reason, sweep: sweep, trial: id, at: now)
            endIdle(id, as: .pruned, reason: reason.text)
        }
    }

    private mutating func place(_ id: TrialID, _ slots: Int, _ reason: Reason, _ sweep: SweepID, at now: Timestamp)
        -> Bool
    {
        guard let agent = agentFor(slots, of: sweep) else { return false }
        let free = ledger.free(on: agent, kind: runtimes[sweep]!.record.spec.slots.kind)
        let resumed = trials[id]!.attempt > 0
        decide(resumed ? .resume : .start, reason, sweep: sweep, trial: id, at: now)
        start(id, on: agent.id, slots: Array(free.prefix(slots)), at: now)
        return true
    }

    /// Best fit: the agent with the fewest free slots that still suffice, so that large gaps stay for large trials.
    private func agentFor(_ slots: Int, of sweep: SweepID) -> AgentRecord? {
        let spec = runtimes[sweep]!.record.spec
        return usableAgents(for: spec)
            .map { (agent: $0, free: ledger.freeCount(on: $0, kind: spec.slots.kind)) }
            .filter { $0.free >= slots }
            .min { ($0.free, $0.agent.id) < ($1.free, $1.agent.id) }?.agent
    }

    /// Slots are free, nothing runs, and the policy wants nothing: it never will.
    private mutating func finishIfExhausted(_ sweep: SweepID, _ reason: Reason, at now: Timestamp) {
        guard runtimes[sweep]!.running.isEmpty else { return }
        decide(.finish, reason, sweep: sweep, at: now)
        endSweep(sweep, as: .finished, reason: reason.text, at: now)
    }
}
