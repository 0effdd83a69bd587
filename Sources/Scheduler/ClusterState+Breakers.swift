internal import HyperSchedProtocol

/// Agents on which the trials of a sweep fail at their start: after a few in a row the sweep starts nothing more there,
/// and looks again now and then. Other sweeps and other agents go on.
extension ClusterState {
    /// Longest pause, as a multiple of the first one.
    private static let mostPauses = 8.0

    /// Agents on which the sweep can start nothing now, whatever is free there.
    func closedAgents(for sweep: SweepID, at now: Timestamp) -> KeptSlots {
        var kept = slotsEndingTooSoon(for: sweep, at: now)
        for breaker in runtimes[sweep]!.record.breakers ?? [] {
            guard let until = breaker.closedUntil else { continue }
            if now < until || isOnTrial(breaker.agent, of: sweep) { kept[breaker.agent] = .max }
        }
        return kept
    }

    /// A trial of the sweep runs there and has not reported.
    private func isOnTrial(_ agent: AgentID, of sweep: SweepID) -> Bool {
        leases(on: agent).contains { $0.sweep == sweep && trials[$0.attempt.trial]!.lastSequence == 0 }
    }

    /// When time alone opens something: an agent, a canary's end, slots that are waited for no longer.
    func nextOpening(of sweep: SweepID, after now: Timestamp) -> Timestamp? {
        let record = runtimes[sweep]!.record
        let opened = (record.breakers ?? []).compactMap(\.closedUntil)
        let first = SweepRuntime.Alarm(at: Timestamp(milliseconds: now.milliseconds + 1), trial: TrialID(.min))
        let others = [record.canary?.until, runtimes[sweep]!.holdouts.firstNotBelow(first)?.at].compactMap { $0 }
        return (opened + others).filter { $0 > now }.min()
    }

    /// An attempt failed. Only what fails before its first report says something about the agent.
    mutating func noteFailure(_ lease: LeaseRecord, _ kind: FailureClass, _ explanation: String, at now: Timestamp) {
        // Of a command that is wrong no agent knows better.
        let isOfAgent = kind != .lostNode && kind != .usage && kind != .noMetric
        guard trials[lease.attempt.trial]!.lastSequence == 0, isOfAgent else { return }
        var breakers = runtimes[lease.sweep]!.record.breakers ?? []
        let place = breakers.firstIndex { $0.agent >= lease.agent } ?? breakers.endIndex
        if place == breakers.endIndex || breakers[place].agent != lease.agent {
            breakers.insert(
                AgentBreaker(agent: lease.agent, failures: 0, kind: kind, explanation: explanation), at: place)
        }
        breakers[place].failures += 1
        breakers[place].kind = kind
        breakers[place].explanation = explanation
        let wasClosed = breakers[place].closedUntil != nil
        // While others are still in their first step there, a few configurations may fail at once.
        let enough = max(settings.breakerFailures, leases(on: lease.agent).count { $0.sweep == lease.sweep })
        if wasClosed || breakers[place].failures >= enough { close(&breakers[place], lease, at: now) }
        runtimes[lease.sweep]!.record.breakers = breakers
        pending.sweeps.insert(lease.sweep)
        pauseIfNothingIsOpen(lease.sweep, at: now)
    }

    private mutating func close(_ breaker: inout AgentBreaker, _ lease: LeaseRecord, at now: Timestamp) {
        var pause = settings.breakerSeconds
        for _ in 0..<breaker.rounds where pause < settings.breakerSeconds * Self.mostPauses { pause *= 2 }
        // One that had been started before the agent was closed says nothing new.
        if let until = breaker.closedUntil, now < until { return }
        breaker.rounds += 1
        breaker.closedUntil = now.advanced(bySeconds: pause)
        let text =
            "nothing more is started on agent \(breaker.agent) for \(Int(pause)) s: \(breaker.failures) attempts in a "
            + "row failed there before their first report; the last one (\(breaker.kind.rawValue)): "
            + "\(breaker.explanation). Fix it there, then `hypersched agent release \(breaker.agent)`"
        decide(
            .closeAgent,
            Reason(.breaker, text, numbers: ["failures": Double(breaker.failures), "seconds": pause]),
            sweep: lease.sweep, at: now)
    }

    /// Every agent fails: the sweep says so, and waits.
    private mutating func pauseIfNothingIsOpen(_ sweep: SweepID, at now: Timestamp) {
        let record = runtimes[sweep]!.record
        guard record.pause == nil, !record.state.isTerminal else { return }
        let closed = (record.breakers ?? []).filter { $0.closedUntil != nil }
        let places = pool(for: record.spec.slots).places
        guard !places.isEmpty, places.allSatisfy({ place in closed.contains { $0.agent == place.agent } }) else {
            return
        }
        let last = closed.max { ($0.closedUntil!, $0.agent) < ($1.closedUntil!, $1.agent) }!
        let kinds = Set(closed.map(\.kind))
        let text =
            "trials fail at their start on \(closed.count == 1 ? "the only agent" : "all \(closed.count) agents"), "
            + (kinds.count == 1 ? "the same way" : "the last one")
            + " (\(last.kind.rawValue) on \(last.agent)): \(last.explanation). "
            + "Fix it, then `hypersched sweep resume \(sweep)`; one trial is tried now and then"
        runtimes[sweep]!.record.pause = SweepPause(by: .breaker, reason: text, since: now)
        decide(.pauseSweep, Reason(.breaker, text, numbers: ["agents": Double(closed.count)]), sweep: sweep, at: now)
    }

    /// A report came: what the sweep runs works on that agent.
    mutating func noteSuccess(of lease: LeaseRecord, at now: Timestamp) {
        endCanary(of: lease.sweep)
        let text = "trial \(lease.attempt.trial) has reported on agent \(lease.agent)"
        if runtimes[lease.sweep]!.record.pause?.by == .breaker {
            runtimes[lease.sweep]!.record.pause = nil
            pending.sweeps.insert(lease.sweep)
            decide(.resumeSweep, Reason(.breaker, "goes on: " + text), sweep: lease.sweep, at: now)
        }
        let breakers = runtimes[lease.sweep]!.record.breakers
        guard let breakers, let place = breakers.firstIndex(where: { $0.agent == lease.agent }) else { return }
        runtimes[lease.sweep]!.record.breakers!.remove(at: place)
        if breakers.count == 1 { runtimes[lease.sweep]!.record.breakers = nil }
        pending.sweeps.insert(lease.sweep)
        guard breakers[place].closedUntil != nil else { return }
        decide(
            .openAgent, Reason(.breaker, "agent \(lease.agent) is used again: " + text), sweep: lease.sweep, at: now)
    }

    /// What the sweep holds against agents is forgotten: against one, or all.
    mutating func forgetBreakers(of sweep: SweepID, on agent: AgentID? = nil) {
        guard let breakers = runtimes[sweep]!.record.breakers else { return }
        let left = breakers.filter { agent != nil && $0.agent != agent }
        guard left.count < breakers.count else { return }
        runtimes[sweep]!.record.breakers = left.isEmpty ? nil : left
        if runtimes[sweep]!.record.pause?.by == .breaker { runtimes[sweep]!.record.pause = nil }
        pending.sweeps.insert(sweep)
    }
}
