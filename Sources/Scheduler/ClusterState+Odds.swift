public import HyperSchedProtocol

extension ClusterState {
    /// What the trial is likely to reach by its sweep's deadline, whatever the policy. nil: it has not reported.
    ///
    /// - Parameters:
    ///   - slots: held from now on; nil: what it holds now.
    ///   - target: in the metric's own direction; nil: the sweep's own.
    public func odds(of id: TrialID, slots: Int? = nil, target: Double? = nil, at now: Timestamp) -> DeadlineOdds? {
        guard let trial = trials[id], let runtime = runtimes[trial.sweep] else { return nil }
        return runtime.forecaster.odds(of: id, slots: slots, target: target, in: view(of: trial.sweep, at: now))
    }

    /// What the best of the whole sweep is likely to be at its deadline, whatever the policy. nil: there is no such
    /// sweep, or none of its trials has a score yet.
    ///
    /// - Parameter target: in the metric's own direction; nil: the sweep's own.
    public func sweepOdds(of id: SweepID, target: Double? = nil, at now: Timestamp) -> SweepOdds? {
        runtimes[id]?.forecaster.sweepOdds(target: target, in: view(of: id, at: now))
    }
}
