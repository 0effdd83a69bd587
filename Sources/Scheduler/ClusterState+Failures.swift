internal import HyperSchedProtocol

/// Attempts that failed: what kind of failure it was, and whether the trial is tried again.
extension ClusterState {
    mutating func settleFailure(_ lease: LeaseRecord, _ ended: AttemptEnded, at now: Timestamp) -> TrialState {
        let kind = ended.failure ?? Self.kind(of: ended)
        let how =
            ended.exitCode.map { "exit status \($0)" } ?? ended.signal.map { "signal \($0)" } ?? ended.outcome.rawValue
        let what =
            "attempt \(lease.attempt.number) failed (\(how))" + (ended.message.isEmpty ? "" : ": \(ended.message)")
        let explanation =
            ended.failure == nil && kind == .noProgress
            ? "it was interrupted (\(how)) without getting any further" : ended.message.isEmpty ? how : ended.message
        return settleFailure(lease, ended, kind, what: what, explanation: explanation, at: now)
    }

    /// A limit was broken, and the attempt was stopped for it.
    mutating func settleLimit(
        _ lease: LeaseRecord, _ ended: AttemptEnded, _ kind: FailureClass, at now: Timestamp
    ) -> TrialState {
        // It may have come to its own end just then.
        if ended.outcome == .exited, trials[lease.attempt.trial]!.scoredReports > 0, kind == .noReport {
            return become(.completed, lease.attempt.trial, reason: "its program ended by itself")
        }
        let text = lease.stopReason ?? kind.rawValue
        return settleFailure(
            lease, ended, kind, what: "attempt \(lease.attempt.number): \(text)", explanation: text, at: now)
    }

    private mutating func settleFailure(
        _ lease: LeaseRecord, _ ended: AttemptEnded, _ kind: FailureClass, what: String, explanation: String,
        at now: Timestamp
    ) -> TrialState {
        let id = lease.attempt.trial
        trials[id]!.failures += 1
        noteFailure(lease, kind, explanation, at: now)
        logFailure(lease, ended, kind, explanation)
        let (failures, rule) = (trials[id]!.failures, runtimes[lease.sweep]!.record.spec.retry)
        let numbers = ["failures": MetricValue(Double(failures)), "retry_max": MetricValue(Double(rule.max))]
        if let why = whyNotAgain(lease, kind) {
            let text = rule.max > 0 || kind == .usage ? "\(what); \(why)" : "\(what); no tries left"
            return fail(lease, text, numbers, at: now)
        }
        guard failures <= rule.max else { return fail(lease, "\(what); no tries left", numbers, at: now) }
        if kind == .oom { wantMoreSlots(lease, at: now) }
        let text = "\(what); try \(failures) of \(rule.max) again"
        decide(.requeue, Reason(rule: "retry", text: text, numbers: numbers), sweep: lease.sweep, trial: id, at: now)
        return become(.waiting, id, reason: text)
    }

    private mutating func fail(
        _ lease: LeaseRecord, _ text: String, _ numbers: [String: MetricValue], at now: Timestamp
    ) -> TrialState {
        let id = lease.attempt.trial
        decide(
            .fail, Reason(rule: "failed", text: text, numbers: numbers), sweep: lease.sweep, trial: id, at: now)
        return become(.failed, id, reason: text)
    }

    /// nil: another try may help.
    private func whyNotAgain(_ lease: LeaseRecord, _ kind: FailureClass) -> String? {
        let rule = runtimes[lease.sweep]!.record.spec.retry
        switch kind {
        case .usage, .noMetric: return "another try would fail the same way"
        case .timeout: return "its time is used up"
        case .missingModule, .start:
            if rule.on?.contains(kind) == true || hasOtherAgent(for: lease) { return nil }
            return "another try would fail the same way: no other agent is there"
        case .lostNode: return nil
        case .oom, .signal, .noReport, .disk, .noProgress, .other:
            guard let on = rule.on else {
                return FailureClass.triedAgain.contains(kind)
                    ? nil : "another try would fail the same way ('\(kind.rawValue)' is not in retry.on)"
            }
            return on.contains(kind) ? nil : "'\(kind.rawValue)' is not in retry.on"
        }
    }

    private func hasOtherAgent(for lease: LeaseRecord) -> Bool {
        let pool = pool(for: runtimes[lease.sweep]!.record.spec.slots)
        let known = agentsToAvoid(for: lease.attempt.trial)
        let closed = Set((runtimes[lease.sweep]!.record.breakers ?? []).filter { $0.closedUntil != nil }.map(\.agent))
        return pool.places.contains { !known.contains($0.agent) && !closed.contains($0.agent) }
    }

    /// What an agent means that says nothing of it.
    private static func kind(of ended: AttemptEnded) -> FailureClass {
        if let code = ended.exitCode, AttemptEnded.permanentExitCodes.contains(code) { return .usage }
        switch ended.outcome {
        case .interrupted, .killed: return .noProgress
        case .lost: return .lostNode
        case .failed, .exited: return ended.signal == nil ? .other : .signal
        }
    }

    /// Puts the failure on the trial's record.
    mutating func logFailure(_ lease: LeaseRecord, _ ended: AttemptEnded, _ kind: FailureClass, _ explanation: String) {
        let failure = AttemptFailure(
            attempt: lease.attempt.number, agent: lease.agent, kind: kind, explanation: explanation,
            lastLines: ended.lastLines ?? [])
        let id = lease.attempt.trial
        trials[id]!.failureLog = ((trials[id]!.failureLog ?? []) + [failure]).suffix(AttemptFailure.maximumKept)
        pending.trials.insert(id)
    }

    // MARK: Where the next attempt goes

    /// Agents on which the trial has failed: it goes to another one where there is one.
    func agentsToAvoid(for id: TrialID) -> [AgentID] {
        guard let log = trials[id]!.failureLog else { return [] }
        return Array(Set(log.map(\.agent))).sorted()
    }

    /// The next attempt gets twice the slots, where they exist and the sweep allows it.
    private mutating func wantMoreSlots(_ lease: LeaseRecord, at now: Timestamp) {
        let request = runtimes[lease.sweep]!.record.spec.slots
        guard !request.isGang else { return }
        let most = min(request.max ?? .max, pool(for: request).largest)
        let wanted = min(most, lease.slots.count * 2) / request.min * request.min
        guard wanted > lease.slots.count else { return }
        let until = now.advanced(bySeconds: settings.holdOutSeconds)
        trials[lease.attempt.trial]!.leastSlots = wanted
        trials[lease.attempt.trial]!.holdsOutUntil = until
        runtimes[lease.sweep]!.holdouts.insert(SweepRuntime.Alarm(at: until, trial: lease.attempt.trial))
    }

    mutating func clearHoldOut(of id: TrialID) {
        guard let until = trials[id]!.holdsOutUntil else { return }
        trials[id]!.holdsOutUntil = nil
        pending.trials.insert(id)
        runtimes[trials[id]!.sweep]!.holdouts.remove(SweepRuntime.Alarm(at: until, trial: id))
    }

    /// What the trial gets where its policy says `slots`: more, after it ran out of memory, if there is more.
    func slotsWanted(by id: TrialID, _ slots: Int, _ room: SlotRoom) -> Int {
        guard let least = trials[id]!.leastSlots, least > slots else { return slots }
        let pool = pool(for: runtimes[trials[id]!.sweep]!.record.spec.slots)
        let free = min(pool.largestFree(without: room.kept), room.limit)
        let unit = runtimes[trials[id]!.sweep]!.record.spec.slots.min
        return max(slots, min(least, free / unit * unit))
    }

    /// Waiting trials whose slots are not there now and may come: those that want more than is free.
    func unplaceable(in sweep: SweepID, _ room: SlotRoom, at now: Timestamp) -> Set<TrialID> {
        let runtime = runtimes[sweep]!
        var hidden: Set<TrialID> = []
        for alarm in runtime.holdouts where alarm.at > now && trials[alarm.trial]!.state == .waiting {
            let pool = pool(for: runtime.record.spec.slots)
            let wanted = min(trials[alarm.trial]!.leastSlots ?? 0, pool.largest)
            if min(pool.largestFree(without: room.kept), room.limit) < wanted { hidden.insert(alarm.trial) }
        }
        return hidden
    }
}
