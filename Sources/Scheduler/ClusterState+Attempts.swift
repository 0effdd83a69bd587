internal import HyperSchedProtocol

extension ClusterState {
    // MARK: Starting

    /// Gives the trial these slots, all of them at once, and starts its next attempt there. Of several places the first
    /// one leads.
    mutating func start(_ id: TrialID, on places: [LeasePlace], at now: Timestamp) {
        var trial = trials[id]!
        trial.attempt += 1
        trial.lastSequence = 0
        trial.lastElapsed = 0
        // Work after the last durable checkpoint is lost: the live line of the curve goes on from the checkpoint.
        trial.lastStep = trial.latestCheckpoint?.step ?? 0
        trial.attemptStartStep = trial.lastStep
        if runtimes[trial.sweep]!.record.spec.steps.isTimed { trial.startsFromCheckpoint() }
        trials[id] = trial
        for place in places { ledger.take(place.slots, on: place.agent, for: id) }
        touch(places.map(\.agent))
        let attempt = AttemptID(trial: id, number: trial.attempt)
        let lease = LeaseRecord(
            attempt: attempt, sweep: trial.sweep, agent: places[0].agent, slots: places[0].slots, startedAt: now,
            resumeFrom: trial.latestCheckpoint, assignedVersion: agentRecords[places[0].agent]!.desiredVersion,
            gang: places.count > 1 ? gangLease(places, of: attempt) : nil)
        setLease(lease, of: id)
        pending.leases.insert(id)
        setState(.running, of: id, reason: nil)
        runtimes[trial.sweep]!.onStarted(id, slots: lease.slotCount)
        keepPolicyState(of: id)
        if runtimes[trial.sweep]!.record.state == .queued {
            runtimes[trial.sweep]!.record.state = .running
            pending.sweeps.insert(trial.sweep)
        }
    }

    /// Draws the sweep's next configuration. nil: there is none left.
    mutating func createTrial(in sweep: SweepID, at now: Timestamp) -> TrialID? {
        let record = runtimes[sweep]!.record
        let index = record.nextIndex
        guard let configuration = runtimes[sweep]!.sampler.configuration(at: index) else { return nil }
        return add(
            TrialRecord(
                id: TrialID(lastTrial + 1), sweep: sweep, index: index, configuration: configuration,
                seed: ConfigurationSampler.trialSeed(sweepSeed: record.spec.seed, index: index), createdAt: now))
    }

    /// Takes in a trial that was made for the sweep's next index.
    mutating func add(_ trial: TrialRecord) -> TrialID {
        lastTrial = trial.id.rawValue
        trials[trial.id] = trial
        runtimes[trial.sweep]!.record.nextIndex += 1
        runtimes[trial.sweep]!.move(trial.id, from: nil, to: .waiting)
        runtimes[trial.sweep]!.policy.onCreated(trial)
        runtimes[trial.sweep]!.sampler.created(trial)
        keepPolicyState(of: trial.id)
        pending.trials.insert(trial.id)
        pending.sweeps.insert(trial.sweep)
        return trial.id
    }

    // MARK: Stopping

    /// Tells the agent to end the trial's attempt. A goal only ever gets harder (run → stop → kill), and the first
    /// reason to stop stays, except that the end of the sweep overrides what would have let the trial go on.
    mutating func stop(
        _ id: TrialID, goal: AttemptGoal, then after: LeaseRecord.AfterStop, reason: String, at now: Timestamp
    ) {
        guard var lease = leasesByTrial[id] else { return }
        let overrides = after.endsSweep && !(lease.afterStop?.isFinal ?? false) && lease.afterStop != after
        if lease.goal == .run { lease.stopAt = now }
        if lease.afterStop == nil || overrides {
            lease.afterStop = after
            lease.stopReason = reason
            releaseReserved(&lease)
        }
        if lease.goal == .run || goal == .kill { lease.goal = goal }
        guard lease != leasesByTrial[id] else { return }
        setLease(lease, of: id)
        pending.leases.insert(id)
        touch(lease.agents)
    }

    /// Tells the trial to stop so that it can go on with `target` slots; slots to grow into are reserved beside it.
    mutating func beginResize(_ id: TrialID, to target: Int, reason: Reason, at now: Timestamp) {
        var lease = leasesByTrial[id]!
        let growth = target - lease.slots.count
        if growth > 0 {
            let kind = runtimes[lease.sweep]!.record.spec.slots.kind
            let free = ledger.free(on: agentRecords[lease.agent]!, kind: kind)
            guard free.count >= growth else { return }
            lease.reserved = Array(free.prefix(growth))
            ledger.take(lease.reserved, on: lease.agent, for: id)
        }
        decide(.resize, reason, sweep: lease.sweep, trial: id, at: now)
        setLease(lease, of: id)
        stop(id, goal: .stop, then: .resize(to: target), reason: reason.text, at: now)
    }

    /// Slots to grow into are kept only as long as a larger attempt is to follow.
    private mutating func releaseReserved(_ lease: inout LeaseRecord) {
        if case .resize = lease.afterStop { return }
        ledger.release(lease.reserved, on: lease.agent, of: lease.attempt.trial)
        lease.reserved = []
    }

    // MARK: Ending

    /// The attempt is over and its process gone: frees its slots and moves the trial on.
    mutating func end(_ lease: LeaseRecord, _ ended: AttemptEnded, at now: Timestamp) {
        let id = lease.attempt.trial
        for place in lease.holdings { ledger.release(place.slots, on: place.agent, of: id) }
        setLease(nil, of: id)
        touch(lease.agents)
        pending.leases.remove(id)
        pending.endedAttempts.append(
            AttemptRecord(
                attempt: lease.attempt, agent: lease.agent, slots: lease.allSlots, startedAt: lease.startedAt,
                endedAt: now,
                outcome: ended.outcome, exitCode: ended.exitCode, signal: ended.signal, message: ended.message))
        trials[id]!.wallSeconds += ended.elapsedSeconds
        let held = Int64(lease.slotCount) * (now.milliseconds - lease.startedAt.milliseconds)
        runtimes[lease.sweep]!.record.usedSlotMilliseconds =
            (runtimes[lease.sweep]!.record.usedSlotMilliseconds ?? 0) + held
        pending.sweeps.insert(lease.sweep)
        pending.trials.insert(id)
        noteStopTime(ended, of: lease)
        let settled = settle(lease, ended, at: now)
        let state = failIfOutOfTime(lease, settled, at: now)
        runtimes[lease.sweep]!.onEnded(id, state: state)
        keepPolicyState(of: id)
        restartResized(lease, at: now)
        giveUpIfHopeless(lease.sweep, why: trials[id]!.stateReason ?? ended.message, at: now)
        if runtimes[lease.sweep]!.record.state.isTerminal { deactivateIfIdle(lease.sweep) }
    }

    /// A trial that has used up its running time would be started only to be stopped.
    private mutating func failIfOutOfTime(_ lease: LeaseRecord, _ state: TrialState, at now: Timestamp) -> TrialState {
        let id = lease.attempt.trial
        guard let limit = runtimes[lease.sweep]!.record.spec.limits.trialWallSeconds,
            trials[id]!.wallSeconds >= limit, state == .waiting || state == .paused, lease.afterStop != .deadline
        else { return state }
        let text = "ran for \(Int(trials[id]!.wallSeconds)) s, limits.trial_wall is \(Int(limit)) s"
        decide(.fail, Reason(rule: "limit", text: text), sweep: lease.sweep, trial: id, at: now)
        setState(.failed, of: id, reason: text)
        return .failed
    }

    private mutating func noteStopTime(_ ended: AttemptEnded, of lease: LeaseRecord) {
        guard let seconds = ended.stopSeconds, seconds.isFinite,
            seconds > runtimes[lease.sweep]!.record.longestStopSeconds
        else { return }
        runtimes[lease.sweep]!.record.longestStopSeconds = seconds
        pending.sweeps.insert(lease.sweep)
    }

    /// A resized trial gets its new size in the very same round, before anybody else can take the slots.
    private mutating func restartResized(_ lease: LeaseRecord, at now: Timestamp) {
        guard case .resize(let target) = lease.afterStop, trials[lease.attempt.trial]!.state == .waiting else { return }
        let agent = agentRecords[lease.agent]!
        guard !agent.lost, !agent.draining, !runtimes[lease.sweep]!.record.state.isTerminal,
            now < stopBegins(lease.sweep)
        else { return }
        let present = Set(agent.slots.map(\.index))
        let slots = (lease.slots + lease.reserved).filter(present.contains).prefix(target).sorted()
        guard slots.count == target else { return }
        start(lease.attempt.trial, on: [LeasePlace(agent: lease.agent, slots: slots)], at: now)
    }

    /// When the first trials of a sweep all fail and none has ever reported, the rest will fail the same way.
    private mutating func giveUpIfHopeless(_ id: SweepID, why: String, at now: Timestamp) {
        let runtime = runtimes[id]!
        // On a wide cluster a few configurations may fail at once while all others are still in their first step.
        let enough = max(settings.hopelessTrials, runtime.running.count)
        guard !runtime.record.state.isTerminal, runtime.scoredTrials == 0, runtime.hopeless >= enough else { return }
        let noMetric = runtime.counts[.noMetric, default: 0] == runtime.hopeless
        let reasons = noMetric ? "none reported the metric '\(runtime.record.spec.metric.name)'" : "all failed"
        let text = "the first \(runtime.hopeless) trials ended without a result: \(reasons); the last one: \(why)"
        let reason = Reason(
            rule: "hopeless", text: text, numbers: ["trials": MetricValue(Double(runtime.hopeless))])
        decide(.finish, reason, sweep: id, at: now)
        for trial in runtime.idle { endIdle(trial, as: .cancelled, reason: "the sweep failed") }
        for trial in runtimes[id]!.running {
            stop(trial, goal: .kill, then: .cancel, reason: "the sweep failed", at: now)
        }
        endSweep(id, as: .failed, reason: text, at: now)
    }

    // MARK: States

    mutating func setState(_ state: TrialState, of id: TrialID, reason: String?) {
        let old = trials[id]!.state
        precondition(!old.isTerminal, "trial \(id) is \(old.rawValue) and can not become \(state.rawValue)")
        trials[id]!.state = state
        trials[id]!.stateReason = reason
        if old != state { runtimes[trials[id]!.sweep]!.move(id, from: old, to: state) }
        pending.trials.insert(id)
    }

    /// Ends a trial that holds no slot.
    mutating func endIdle(_ id: TrialID, as state: TrialState, reason: String) {
        setState(state, of: id, reason: reason)
        runtimes[trials[id]!.sweep]!.onEnded(id, state: state)
        keepPolicyState(of: id)
    }

    mutating func keepPolicyState(of id: TrialID) {
        let sweep = trials[id]!.sweep
        let state = runtimes[sweep]!.policyState(of: id)
        if let trial = trials[id], trial.policy != state {
            trials[id]!.policy = state
            runtimes[sweep]!.moveRank(from: TrialRank(trial), to: TrialRank(trials[id]!))
            pending.trials.insert(id)
        }
        runtimes[sweep]!.sampler.observe(trials[id]!)
        noteObservation(of: id)
    }

    mutating func endSweep(_ id: SweepID, as state: SweepState, reason: String, at now: Timestamp) {
        runtimes[id]!.record.state = state
        runtimes[id]!.record.stateReason = reason
        runtimes[id]!.record.endedAt = now
        runtimes[id]!.record.pace = measuredPace(of: id) ?? runtimes[id]!.record.pace
        pending.sweeps.insert(id)
        noteOutcome(of: id)
        deactivateIfIdle(id)
    }

    /// A sweep that has ended and holds no slot needs no policy any more; its indices are given back.
    mutating func deactivateIfIdle(_ id: SweepID) {
        guard runtimes[id]!.running.isEmpty else { return }
        activeSweeps.removeAll { $0 == id }
        keepPools()
        runtimes[id]!.forget()
    }
}
