public import HyperSchedProtocol

extension ClusterState {
    /// Decides: what time alone has changed, then who gets the free slots. Calling it again at the same instant changes
    /// nothing more.
    public mutating func plan(at now: Timestamp) {
        expireAgents(at: now)
        for sweep in activeSweeps { enforceTime(on: sweep, at: now) }
        for sweep in activeSweeps where !runtimes[sweep]!.record.state.isTerminal {
            enforceLimits(of: sweep, at: now)
            enforceBudget(of: sweep, at: now)
        }
        enforceAgentEnds(at: now)
        allocate(at: now)
        // One that the deadline had stopped, and that was started again, may have used up its time.
        for sweep in activeSweeps where !runtimes[sweep]!.record.state.isTerminal { enforceLimits(of: sweep, at: now) }
        recordForecasts(at: now)
    }

    /// The earliest instant after `now` at which time alone changes something; nil: never.
    public func nextWakeUp(after now: Timestamp) -> Timestamp? {
        let general = [index.nextExpiry(after: now), nextReclaim(after: now), nextAgentEnd(after: now)]
        var next = general.compactMap { $0 }.min()
        for sweep in activeSweeps {
            let timed = [stopBegins(sweep), runtimes[sweep]!.record.spec.deadline]
            let moments = [
                nextForecast(of: sweep), runtimes[sweep]!.nextAlarm(after: now), budgetEnds(of: sweep, at: now),
                waitEnds(runtimes[sweep]!.record),
            ].compactMap { $0 }
            for instant in timed + moments where instant > now { next = min(next ?? instant, instant) }
        }
        return next
    }

    // MARK: Time

    private mutating func expireAgents(at now: Timestamp) {
        var silent = index.expired(at: now)
        while !silent.isEmpty {
            for agent in silent { expire(agent, at: now) }
            // The end of a gang may leave another agent without a process to wait for.
            silent = index.expired(at: now)
        }
    }

    private mutating func expire(_ id: AgentID, at now: Timestamp) {
        var agent = agentRecords[id]!
        agent.lost = true
        setAgent(agent)
        pending.agents.insert(id)
        for lease in leases(on: id) {
            let silent = Int(now.seconds(since: agent.lastSync))
            let ended = AttemptEnded(
                attempt: lease.attempt, outcome: .lost, message: "agent \(id) has been silent for \(silent) s",
                elapsedSeconds: now.seconds(since: lease.startedAt))
            memberEnded(lease.attempt.trial, on: id, ended, at: now)
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
        endSweep(sweep, as: .deadlineReached, reason: "stopped at the deadline", at: now)
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
}
