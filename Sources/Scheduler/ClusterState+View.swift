internal import HyperSchedProtocol

extension ClusterState {
    /// What the sweep's policy may see now. `lease`: the one of the trial that is being asked about, if any.
    /// `canCreate`: instead of what is the case.
    func view(
        of sweep: SweepID, beside lease: LeaseRecord? = nil, canCreate: Bool? = nil, at now: Timestamp
    ) -> SweepView {
        view(of: sweep, room(of: sweep, at: now), beside: lease, canCreate: canCreate, at: now)
    }

    /// The slots that are free for the sweep now.
    func room(of sweep: SweepID, at now: Timestamp) -> SlotRoom {
        let runtime = runtimes[sweep]!
        let kept = slotsEndingTooSoon(for: sweep, at: now)
        guard let share = shares[sweep] else {
            let request = runtime.record.spec.slots
            let free = pool(for: request).room(for: request, .free(kept))
            return SlotRoom(capacity: runtime.usableHeldSlots + free, kept: kept)
        }
        return SlotRoom(
            capacity: share.capacity, limit: max(0, share.capacity - runtime.committedSlots), kept: kept)
    }

    func view(
        of sweep: SweepID, _ room: SlotRoom, beside lease: LeaseRecord? = nil, canCreate: Bool? = nil,
        at now: Timestamp
    ) -> SweepView {
        let runtime = runtimes[sweep]!
        let spec = runtime.record.spec
        let pool = pool(for: spec.slots)
        let isWhole = room.scope == .whole
        let extent = isWhole ? SlotPool.Extent.all : .free(room.kept)
        let total = pool.room(for: spec.slots, extent) - (isWhole ? runtime.committedSlots : 0)
        let largest = pool.largest(for: spec.slots, extent)
        let most = pool.largest(for: spec.slots, .all)
        let totalFree = max(0, min(total, room.limit))
        let beside = freeBeside(runtime, room)
        let end = min(spec.deadline, budgetLasts(of: sweep, slots: room.capacity, at: now) ?? spec.deadline)
        return SweepView(
            now: now, startedAt: runtime.record.createdAt, deadline: end, steps: spec.steps, minSlots: spec.slots.min,
            maxSlots: max(spec.slots.min, min(spec.slots.max ?? most, most)),
            capacity: room.capacity, largestFree: min(largest, totalFree), totalFree: totalFree,
            freeBeside: lease.map(beside) ?? 0, running: runningTrials(of: runtime, beside, room),
            waiting: room.onlyWaiting.map { [$0] } ?? runtime.waiting, paused: runtime.paused,
            canCreate: canCreate ?? (self.canCreate(runtime) && !hasGivenUpWaiting(runtime.record, at: now)),
            seed: spec.seed, stopBegins: end.advanced(bySeconds: -stopReserve(of: sweep)),
            nextIndex: runtime.record.nextIndex, trialsLeft: spec.limits.trials - runtime.record.nextIndex,
            agents: spec.slots.agentCount,
            hasFinalCheckpoint: { [trials] in trials[$0]?.hasFinalCheckpoint(spec.steps) ?? false })
    }

    private func runningTrials(
        of runtime: SweepRuntime, _ beside: @escaping @Sendable (LeaseRecord) -> Int, _ room: SlotRoom
    ) -> RunningTrials {
        // Asked about the whole cluster, slots count as free that are not.
        let search = room.scope == .whole ? nil : searchBesideFree(runtime)
        return RunningTrials(ids: runtime.active, ranked: runtime.ranking, beside: search) {
            [trials, leasesByTrial] id in
            let lease = leasesByTrial[id]!
            let trial = trials[id]!
            return RunningTrial(
                trial: id, slots: lease.slotCount, lastScore: trial.lastScore,
                hasCheckpoint: trial.latestCheckpoint != nil, freeBeside: beside(lease),
                isFiller: trial.policy.isFiller)
        }
    }

    /// Trials on agents that have free slots for the sweep, of other sweeps too; where most is free first.
    private func searchBesideFree(_ runtime: SweepRuntime) -> RunningTrials.Search {
        let places = pool(for: runtime.record.spec.slots).places
        return { [leasesByAgent] predicate in
            var rank = places.count - 1
            while rank >= 0, places[rank].free > 0 {
                if leasesByAgent[places[rank].agent]?.contains(where: predicate) == true { return true }
                rank -= 1
            }
            return false
        }
    }

    /// How far a trial can grow on its agent.
    private func freeBeside(_ runtime: SweepRuntime, _ room: SlotRoom) -> @Sendable (LeaseRecord) -> Int {
        let kind = runtime.record.spec.slots.kind
        return { [agentRecords, ledger] lease in
            guard lease.gang == nil else { return 0 }
            let agent = agentRecords[lease.agent]!
            let kept = room.kept[lease.agent] ?? 0
            let free =
                room.scope == .whole
                ? agent.slotCount(of: kind) - lease.slots.count : ledger.freeCount(on: agent, kind: kind)
            return max(0, min(free - min(kept, free), room.limit))
        }
    }

    /// Another configuration exists within the limits.
    func canCreate(_ runtime: SweepRuntime) -> Bool {
        let next = runtime.record.nextIndex
        guard runtime.record.proposalsClosed != true else { return false }
        return next < runtime.record.spec.limits.trials && runtime.sampler.hasConfiguration(at: next)
    }

    /// When the sweep's trials are told to stop, so that their last checkpoints are durable at the deadline.
    func stopBegins(_ sweep: SweepID) -> Timestamp {
        runtimes[sweep]!.record.spec.deadline.advanced(bySeconds: -stopReserve(of: sweep))
    }

    /// Seconds that the last checkpoints of the sweep's trials may take: twice the longest stop seen so far, at least a
    /// few seconds, at most the grace that the user allows.
    func stopReserve(of sweep: SweepID) -> Double {
        let record = runtimes[sweep]!.record
        let wanted = max(settings.minimumStopReserveSeconds, 2 * record.longestStopSeconds)
        return min(wanted, max(record.spec.checkpoint.graceSeconds, settings.minimumStopReserveSeconds))
    }

    /// What rungs and limits count: the steps that the trial has completed, or its whole seconds of training.
    func progress(of trial: TrialRecord) -> Int {
        runtimes[trial.sweep]!.record.spec.steps.isTimed ? Int(trial.progressSeconds ?? 0) : trial.lastStep
    }
}
