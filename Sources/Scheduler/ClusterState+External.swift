public import HyperSchedProtocol

/// `method: external`: configurations come from another program. A proposal that is taken becomes a waiting trial at
/// once, so it is as durable as any trial, and policies start it as they start any other.
extension ClusterState {
    // MARK: Proposals

    /// - Parameter key: with the same one and the same configuration the answer is the same trial.
    mutating func propose(
        _ id: SweepID, _ proposal: ConfigurationProposal, key: String?, at now: Timestamp
    ) -> EventResult {
        guard let runtime = runtimes[id] else { return .refused(.notFound("sweep", id.description)) }
        guard runtime.sampler.isExternal else { return .refused(.notExternal(runtime.record)) }
        let accepted = runtime.sampler.space.accepted(proposal.configuration)
        if let key, let trial = runtime.proposals[key] {
            let isSame = (try? accepted.get()) == trials[trial]!.configuration
            return isSame ? .proposed(trial, isNew: false) : .refused(.proposalKeyReused(key, trial))
        }
        if let problem = whyNoProposal(runtime, at: now) { return .refused(problem) }
        switch accepted {
        case .failure(let error): return .refused(.invalidConfiguration(error))
        case .success(let configuration):
            if proposal.allowDuplicate != true, let twin = runtime.sampler.trial(with: configuration) {
                return .refused(.duplicateConfiguration(twin))
            }
            return .proposed(addProposal(configuration, key: key, to: id, at: now), isNew: true)
        }
    }

    private func whyNoProposal(_ runtime: SweepRuntime, at now: Timestamp) -> Problem? {
        let record = runtime.record
        if record.state.isTerminal || now >= stopBegins(record.id) { return .sweepIsOver(record) }
        if record.proposalsClosed == true { return .proposalsClosed(record.id) }
        if record.nextIndex >= record.spec.limits.trials { return .noMoreTrials(record) }
        let queue = record.external.queue
        return unstarted(runtime) >= queue ? .queueFull(queue) : nil
    }

    private mutating func addProposal(
        _ configuration: Configuration, key: String?, to sweep: SweepID, at now: Timestamp
    ) -> TrialID {
        let record = runtimes[sweep]!.record
        var trial = TrialRecord(
            id: TrialID(lastTrial + 1), sweep: sweep, index: record.nextIndex, configuration: configuration,
            seed: ConfigurationSampler.trialSeed(sweepSeed: record.spec.seed, index: record.nextIndex), createdAt: now)
        trial.proposalKey = key
        runtimes[sweep]!.record.wantedSince = nil
        if let key { runtimes[sweep]!.proposals[key] = trial.id }
        return add(trial)
    }

    /// No more proposals will come: the sweep ends when its trials have.
    mutating func closeProposals(_ id: SweepID) -> EventResult {
        guard let runtime = runtimes[id] else { return .refused(.notFound("sweep", id.description)) }
        guard runtime.sampler.isExternal else { return .refused(.notExternal(runtime.record)) }
        guard runtime.record.proposalsClosed != true else { return .done }
        runtimes[id]!.record.proposalsClosed = true
        runtimes[id]!.record.wantedSince = nil
        pending.sweeps.insert(id)
        return .done
    }

    /// Proposals that wait for slots.
    private func unstarted(_ runtime: SweepRuntime) -> Int { runtime.waiting.count { trials[$0]!.attempt == 0 } }

    // MARK: Waiting for proposals

    /// When free slots that a proposal should have are given to something else; nil: nothing is wanted.
    func waitEnds(_ record: SweepRecord) -> Timestamp? {
        record.wantedSince?.advanced(bySeconds: record.external.waitSeconds)
    }

    /// Nothing came in time: until the next proposal comes, the policy decides as if there would be none.
    func hasGivenUpWaiting(_ record: SweepRecord, at now: Timestamp) -> Bool {
        waitEnds(record).map { now >= $0 } ?? false
    }

    /// The policy wants a new trial, which only a proposal could be; or it does not.
    mutating func noteWanted(_ isWanted: Bool, by sweep: SweepID, at now: Timestamp) {
        let record = runtimes[sweep]!.record
        guard runtimes[sweep]!.sampler.isExternal, isWanted != (record.wantedSince != nil),
            isWanted || !hasGivenUpWaiting(record, at: now)
        else { return }
        runtimes[sweep]!.record.wantedSince = isWanted ? now : nil
        pending.sweeps.insert(sweep)
    }

    /// With proposals to come, the sweep is not over.
    func mayGetProposals(_ sweep: SweepID, at now: Timestamp) -> Bool {
        let runtime = runtimes[sweep]!
        guard hasGivenUpWaiting(runtime.record, at: now) else { return false }
        let view = view(of: sweep, canCreate: canCreate(runtime), at: now)
        if case .startNew = runtime.policy.choose(in: view) { return true }
        return false
    }

    /// How many proposals would be started at once: as many new trials as the policy has free slots for. One, too,
    /// where the slots were given to something else because nothing came.
    public func wantedProposals(of sweep: SweepID, at now: Timestamp) -> Int {
        guard let runtime = runtimes[sweep], runtime.sampler.isExternal, !runtime.record.state.isTerminal,
            now < stopBegins(sweep), canCreate(runtime)
        else { return 0 }
        let view = view(of: sweep, canCreate: true, at: now)
        if view.largestFree >= view.minSlots, case .startNew(let slots, _) = runtime.policy.choose(in: view) {
            let request = runtime.record.spec.slots
            let pool = pool(for: request)
            let room =
                request.isGang
                ? pool.room(for: request, .free([:])) / slots : pool.places.reduce(0) { $0 + $1.free / slots }
            return min(room, view.totalFree / slots, view.trialsLeft)
        }
        return hasGivenUpWaiting(runtime.record, at: now) && unstarted(runtime) == 0 ? 1 : 0
    }

    // MARK: Observations

    /// The trial has changed.
    mutating func noteObservation(of id: TrialID) {
        let sweep = trials[id]!.sweep
        guard runtimes[sweep]!.sampler.isExternal else { return }
        let number = runtimes[sweep]!.observations.latest + 1
        runtimes[sweep]!.observations.set(number, of: id, old: trials[id]!.observation)
        trials[id]!.observation = number
        pending.trials.insert(id)
    }

    /// Number of the latest change of any trial; 0: none, or the sweep draws its own configurations.
    public func latestObservation(of sweep: SweepID) -> Int64 { runtimes[sweep]?.observations.latest ?? 0 }

    /// What has changed since `number`; nil: there is no such sweep.
    public func observations(of sweep: SweepID, after number: Int64, limit: Int, at now: Timestamp) -> ObservationPage?
    {
        guard let runtime = runtimes[sweep] else { return nil }
        let items = runtime.observations.trials(after: number, limit: limit).map { observation(of: $0)! }
        let cursor = items.last?.number ?? number
        return ObservationPage(
            items: items, cursor: cursor, hasMore: cursor < runtime.observations.latest,
            wanted: wantedProposals(of: sweep, at: now), state: runtime.record.state, metric: runtime.record.spec.metric
        )
    }

    public func observation(of id: TrialID) -> TrialObservation? {
        guard let trial = trials[id] else { return nil }
        let spec = runtimes[trial.sweep]!.record.spec
        let milestones = RungLadder.milestones(steps: spec.steps, reductionFactor: 2)
        func value(_ score: Double) -> MetricValue {
            MetricValue(score > Rung.worstScore ? spec.metric.value(ofScore: score) : .nan)
        }
        let rungs = (trial.policy.curve?.marks ?? []).filter { $0.index < milestones.count }.map {
            TrialObservation.Rung(step: milestones[$0.index], value: value($0.best))
        }
        return TrialObservation(
            number: trial.observation ?? 0, trial: id, index: trial.index, configuration: trial.configuration,
            key: trial.proposalKey, state: trial.state, stateReason: trial.stateReason, rungs: rungs,
            best: trial.bestScore.map(spec.metric.value(ofScore:)), bestStep: trial.bestStep,
            last: trial.lastScore.map { value($0).number }.flatMap { $0.isFinite ? $0 : nil }, lastStep: trial.lastStep)
    }
}

extension SweepRecord {
    /// How it treats the program that proposes.
    var external: ExternalSearch { spec.external ?? ExternalSearch() }
}
