public import HyperSchedProtocol

extension ClusterState {
    /// Rebuilds the state from what was stored. Agents get a fresh lease from `now`: while the daemon was away nobody
    /// could have heard them, and they stop their trials by themselves when their own lease ends.
    public init(
        restoring snapshot: ClusterSnapshot, settings: ClusterSettings = ClusterSettings(), at now: Timestamp
    ) {
        self.init(settings: settings)
        lastSweep = snapshot.lastSweep
        lastTrial = snapshot.lastTrial
        for var agent in snapshot.agents {
            agent.lastSync = now
            agentRecords[agent.id] = agent
            agentIDs.insert(agent.id)
        }
        for record in snapshot.sweeps.sorted(by: { $0.id < $1.id }) {
            runtimes[record.id] = SweepRuntime(record: record)
            sweepIDs.insert(record.id)
        }
        for lease in snapshot.leases { restore(lease) }
        for trial in snapshot.trials.sorted(by: { $0.id < $1.id }) { restore(trial) }
        rebuildIndex()
        for sweep in sweepIDs {
            for timing in snapshot.timings[sweep] ?? [] { runtimes[sweep]!.restore(timing: timing) }
            if runtimes[sweep]!.record.state.isTerminal && runtimes[sweep]!.running.isEmpty {
                runtimes[sweep]!.forget()
            } else {
                activate(sweep)
            }
        }
        shares = dealShares(at: now)
    }

    private mutating func restore(_ lease: LeaseRecord) {
        let id = lease.attempt.trial
        leasesByTrial[id] = lease
        for place in lease.holdings { ledger.take(place.slots, on: place.agent, for: id) }
    }

    private mutating func restore(_ trial: TrialRecord) {
        trials[trial.id] = trial
        runtimes[trial.sweep]!.move(trial.id, from: nil, to: trial.state)
        if trial.scoredReports > 0 { runtimes[trial.sweep]!.scoredTrials += 1 }
        runtimes[trial.sweep]!.noteBest(trial.bestScore, of: trial.id)
        if let key = trial.proposalKey { runtimes[trial.sweep]!.proposals[key] = trial.id }
        if let number = trial.observation { runtimes[trial.sweep]!.observations.set(number, of: trial.id, old: nil) }
        runtimes[trial.sweep]!.restore(trial, slots: leasesByTrial[trial.id]?.slotCount ?? 0)
    }
}
