public import HyperSchedProtocol

extension ClusterState {
    /// What the trial is likely to reach by its sweep's deadline. nil: it has not reported, or its sweep has another
    /// policy than `deadline`.
    ///
    /// - Parameters:
    ///   - slots: held from now on; nil: what it holds now.
    ///   - target: in the metric's own direction; nil: the sweep's own.
    public func odds(of id: TrialID, slots: Int? = nil, target: Double? = nil, at now: Timestamp) -> DeadlineOdds? {
        guard let trial = trials[id], let runtime = runtimes[trial.sweep], case .deadline(let policy) = runtime.policy
        else { return nil }
        return policy.odds(of: id, slots: slots, target: target, in: view(of: trial.sweep, at: now))
    }
}
