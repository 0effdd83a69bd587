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
        var next = index.nextExpiry(after: now)
        for sweep in activeSweeps {
            let timed = [stopBegins(sweep), runtimes[sweep]!.record.spec.deadline]
            let moments = [nextForecast(of: sweep), runtimes[sweep]!.nextAlarm(after: now)].compactMap { $0 }
            for instant in timed + moments where instant > now { next = min(next ?? instant, instant) }
        }
        return next
    }

    // MARK: Time

    private mutating func expireAgents(at now: Timestamp) {
        for id in index.expired(at: now) {
            var agent = agentRecords[id]!
            agent.lost = true
            setAgent(agent)
            pending.agents.insert(id)
            for lease in leases(on: id) {
                let silent = Int(now.seconds(since: agent.lastSync))
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
            for trial in runtimes[sweep]!.stoppable {
                stop(trial, goal: .kill, then: .deadline, reason: "the deadline has come", at: now)
            }
        } else if now >= stopBegins(sweep), !record.state.isTerminal {
            let left = Int(record.spec.deadline.seconds(since: now).rounded(.up))
            let reason = Reason(
                rule: "deadline", text: "stopped for the deadline in \(left) s, with a last checkpoint",
                numbers: ["seconds_left": MetricValue(record.spec.deadline.seconds(since: now))])
            for trial in runtimes[sweep]!.active {
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

    /// When the attempt may break a limit, to the nearest millisecond.
    func limitInstants(_ lease: LeaseRecord) -> [Timestamp] {
        let limits = runtimes[lease.sweep]!.record.spec.limits
        guard lease.goal == .run, limits.trialWallSeconds != nil || limits.noReportSeconds != nil else { return [] }
        let wall = limits.trialWallSeconds.map {
            lease.startedAt.advanced(bySeconds: $0 - trials[lease.attempt.trial]!.wallSeconds)
        }
        return [wall, silenceEnds(lease)].compactMap { $0 }
    }

    /// When the attempt will have been silent for too long; nil: there is no such limit.
    func silenceEnds(_ lease: LeaseRecord) -> Timestamp? {
        runtimes[lease.sweep]!.record.spec.limits.noReportSeconds.map { lease.lastReportAt.advanced(bySeconds: $0) }
    }

    private mutating func enforceLimits(of sweep: SweepID, at now: Timestamp) {
        // An alarm is rounded to the millisecond and may ring half of one too late.
        let due = runtimes[sweep]!.alarmed(by: Timestamp(milliseconds: now.milliseconds + 1))
        guard !due.isEmpty else { return }
        let spec = runtimes[sweep]!.record.spec
        for id in due {
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
            case .startChild(let offspring, let slots, let reason):
                guard agentFor(slots, of: sweep) != nil, let trial = createChild(offspring, in: sweep, at: now) else {
                    return
                }
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
        guard let agent = agentFor(slots, of: sweep).map({ agentRecords[$0]! }) else { return false }
        let free = ledger.free(on: agent, kind: runtimes[sweep]!.record.spec.slots.kind)
        let resumed = trials[id]!.attempt > 0
        decide(resumed ? .resume : .start, reason, sweep: sweep, trial: id, at: now)
        start(id, on: agent.id, slots: Array(free.prefix(slots)), at: now)
        return true
    }

    private func agentFor(_ slots: Int, of sweep: SweepID) -> AgentID? {
        pool(for: runtimes[sweep]!.record.spec.slots).bestFit(slots)
    }

    /// Slots are free, nothing runs, and the policy wants nothing: it never will.
    private mutating func finishIfExhausted(_ sweep: SweepID, _ reason: Reason, at now: Timestamp) {
        guard runtimes[sweep]!.running.isEmpty else { return }
        decide(.finish, reason, sweep: sweep, at: now)
        endSweep(sweep, as: .finished, reason: reason.text, at: now)
    }
}
