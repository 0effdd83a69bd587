internal import HyperSchedProtocol

extension ClusterState {
    /// What the sweep's policy may see now. `lease`: the one of the trial that is being asked about, if any.
    func view(of sweep: SweepID, beside lease: LeaseRecord? = nil, at now: Timestamp) -> SweepView {
        let runtime = runtimes[sweep]!
        let spec = runtime.record.spec
        let pool = pool(for: spec.slots)
        let largest = pool.largest
        let beside =
            lease.flatMap { agentRecords[$0.agent] }
            .map { ledger.freeCount(on: $0, kind: spec.slots.kind) } ?? 0
        return SweepView(
            now: now, startedAt: runtime.record.createdAt, deadline: spec.deadline, steps: spec.steps,
            minSlots: spec.slots.min, maxSlots: max(spec.slots.min, min(spec.slots.max ?? largest, largest)),
            capacity: runtime.usableHeldSlots + pool.totalFree, largestFree: pool.largestFree,
            totalFree: pool.totalFree,
            freeBeside: beside, running: runningTrials(of: runtime), waiting: runtime.waiting, paused: runtime.paused,
            canCreate: canCreate(runtime.record), seed: spec.seed, stopBegins: stopBegins(sweep),
            nextIndex: runtime.record.nextIndex, trialsLeft: spec.limits.trials - runtime.record.nextIndex)
    }

    private func runningTrials(of runtime: SweepRuntime) -> RunningTrials {
        let kind = runtime.record.spec.slots.kind
        return RunningTrials(ids: runtime.active, ranked: runtime.ranking) {
            [trials, leasesByTrial, agentRecords, ledger] id in
            let lease = leasesByTrial[id]!
            let trial = trials[id]!
            return RunningTrial(
                trial: id, slots: lease.slots.count, lastScore: trial.lastScore,
                hasCheckpoint: trial.latestCheckpoint != nil,
                freeBeside: ledger.freeCount(on: agentRecords[lease.agent]!, kind: kind),
                isFiller: trial.policy.isFiller)
        }
    }

    /// Another configuration exists within the limits.
    func canCreate(_ record: SweepRecord) -> Bool {
        guard record.nextIndex < record.spec.limits.trials else { return false }
        return ConfigurationSampler.count(record.spec).map { record.nextIndex < $0 } ?? true
    }

    /// When the sweep's trials are told to stop, so that their last checkpoints are durable at the deadline: twice the
    /// longest stop seen so far, at least a few seconds, at most the grace that the user allows.
    func stopBegins(_ sweep: SweepID) -> Timestamp {
        let record = runtimes[sweep]!.record
        let wanted = max(settings.minimumStopReserveSeconds, 2 * record.longestStopSeconds)
        let reserve = min(wanted, max(record.spec.checkpoint.graceSeconds, settings.minimumStopReserveSeconds))
        return record.spec.deadline.advanced(bySeconds: -reserve)
    }
}
