internal import HyperSchedProtocol

/// What the policy is told the forecaster beside it is told, too. The deadline policy has its own.
extension SweepRuntime {
    /// What the sweep's reports have taught.
    var forecaster: SweepForecaster {
        if case .deadline(let policy) = policy { return policy.forecaster }
        return observer ?? SweepForecaster(spec: record.spec)
    }

    mutating func observe(_ timing: ReportTiming) {
        policy.observe(timing)
        observer?.observe(timing)
    }

    mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        _ = observer?.record(report)
        return policy.onReport(report, of: trial, in: view)
    }

    mutating func onStarted(_ trial: TrialID, slots: Int) {
        policy.onStarted(trial, slots: slots)
        observer?.started(trial)
    }

    mutating func onEnded(_ trial: TrialID, state: TrialState) {
        policy.onEnded(trial, state: state)
        observer?.ended(trial, state: state)
    }

    func policyState(of trial: TrialID) -> PolicyTrialState {
        var state = policy.trialState(of: trial)
        if let observer { state.curve = observer.sketch(of: trial) }
        return state
    }

    mutating func restore(_ trial: TrialRecord, slots: Int) {
        sampler.created(trial)
        observer?.restore(trial)
        var plain = trial
        if observer != nil { plain.policy.curve = nil }
        policy.restore(plain, slots: slots)
    }

    mutating func restore(timing: ReportTiming) {
        policy.restore(timing: timing)
        observer?.observe(timing)
    }

    /// The sweep has ended: what was learned is given back.
    mutating func forget() {
        policy = AnyPolicy(record.spec)
        sampler = ConfigurationSampler(record.spec)
        observer = Self.observer(for: record.spec)
    }

    static func observer(for spec: SweepSpec) -> SweepForecaster? {
        if case .deadline = spec.policy { return nil }
        return SweepForecaster(spec: spec)
    }
}
