internal import HyperSchedProtocol

extension ClusterState {
    /// Makes a trial that goes on from its parent's latest checkpoint. nil: no further trial may be made.
    ///
    /// Until the child has a checkpoint of its own, its latest one is the parent's: so every attempt goes on from
    /// there, and the archive is kept for as long as the child needs it, whatever becomes of the parent.
    mutating func createChild(_ offspring: Offspring, in sweep: SweepID, at now: Timestamp) -> TrialID? {
        let record = runtimes[sweep]!.record
        guard record.nextIndex < record.spec.limits.trials else { return nil }
        let checkpoint = trials[offspring.parent]!.latestCheckpoint
        var child = TrialRecord(
            id: TrialID(lastTrial + 1), sweep: sweep, index: record.nextIndex,
            configuration: offspring.configuration,
            seed: ConfigurationSampler.trialSeed(sweepSeed: record.spec.seed, index: record.nextIndex), createdAt: now)
        child.latestCheckpoint = checkpoint
        child.lastStep = checkpoint?.step ?? 0
        child.checkpointSeconds = trials[offspring.parent]!.checkpointSeconds
        child.progressSeconds = child.checkpointSeconds
        child.lineage = Lineage(
            parent: offspring.parent, parentStep: progress(of: child), replaces: offspring.replacing)
        return add(child)
    }
}

extension TrialRecord {
    func hasFinalCheckpoint(_ steps: StepRange) -> Bool {
        guard let latestCheckpoint else { return false }
        return (steps.isTimed ? Int(checkpointSeconds ?? 0) : latestCheckpoint.step) >= steps.max
    }
}

extension CheckpointInfo {
    /// The trial goes on from `other` rather than from this one.
    func isOlder(than other: CheckpointInfo) -> Bool {
        // An inherited one gives way to any of the trial's own, whatever the number of the attempt that wrote it.
        attempt.trial != other.attempt.trial || (attempt.number, step) <= (other.attempt.number, other.step)
    }
}
