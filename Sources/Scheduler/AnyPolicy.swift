public import HyperSchedProtocol

/// The policy that a sweep asked for.
public enum AnyPolicy: SchedulingPolicy {
    case fifo(FIFOPolicy)
    case asha(ASHAPolicy)
    case hypersched(HyperSchedPolicy)
    case deadline(DeadlinePolicy)

    public init(_ spec: SweepSpec) {
        switch spec.policy {
        case .fifo: self = .fifo(FIFOPolicy())
        case .asha(let options): self = .asha(ASHAPolicy(spec: spec, options: options))
        case .hypersched(let options): self = .hypersched(HyperSchedPolicy(spec: spec, options: options))
        case .deadline(let options): self = .deadline(DeadlinePolicy(spec: spec, options: options))
        }
    }

    /// Moves the policy out while it is changed: two owners of its arrays would make every change copy them.
    private mutating func take() -> AnyPolicy {
        let taken = self
        self = .fifo(FIFOPolicy())
        return taken
    }

    private mutating func update<Result>(
        fifo: (inout FIFOPolicy) -> Result, asha: (inout ASHAPolicy) -> Result,
        hypersched: (inout HyperSchedPolicy) -> Result, deadline: (inout DeadlinePolicy) -> Result
    ) -> Result {
        switch take() {
        case .fifo(var policy):
            defer { self = .fifo(policy) }
            return fifo(&policy)
        case .asha(var policy):
            defer { self = .asha(policy) }
            return asha(&policy)
        case .hypersched(var policy):
            defer { self = .hypersched(policy) }
            return hypersched(&policy)
        case .deadline(var policy):
            defer { self = .deadline(policy) }
            return deadline(&policy)
        }
    }

    public mutating func observe(_ timing: ReportTiming) {
        update(
            fifo: { $0.observe(timing) }, asha: { $0.observe(timing) }, hypersched: { $0.observe(timing) },
            deadline: { $0.observe(timing) })
    }

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        update(
            fifo: { $0.onReport(report, of: trial, in: view) }, asha: { $0.onReport(report, of: trial, in: view) },
            hypersched: { $0.onReport(report, of: trial, in: view) },
            deadline: { $0.onReport(report, of: trial, in: view) })
    }

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict {
        update(
            fifo: { $0.resize(trial, in: view) }, asha: { $0.resize(trial, in: view) },
            hypersched: { $0.resize(trial, in: view) },
            deadline: { $0.resize(trial, in: view) })
    }

    public func choose(in view: SweepView) -> Choice {
        switch self {
        case .fifo(let policy): policy.choose(in: view)
        case .asha(let policy): policy.choose(in: view)
        case .hypersched(let policy): policy.choose(in: view)
        case .deadline(let policy): policy.choose(in: view)
        }
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        update(
            fifo: { $0.onStarted(trial, slots: slots) }, asha: { $0.onStarted(trial, slots: slots) },
            hypersched: { $0.onStarted(trial, slots: slots) },
            deadline: { $0.onStarted(trial, slots: slots) })
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        update(
            fifo: { $0.onEnded(trial, state: state) }, asha: { $0.onEnded(trial, state: state) },
            hypersched: { $0.onEnded(trial, state: state) },
            deadline: { $0.onEnded(trial, state: state) })
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        switch self {
        case .fifo(let policy): policy.trialState(of: trial)
        case .asha(let policy): policy.trialState(of: trial)
        case .hypersched(let policy): policy.trialState(of: trial)
        case .deadline(let policy): policy.trialState(of: trial)
        }
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        update(
            fifo: { $0.restore(trial, slots: slots) }, asha: { $0.restore(trial, slots: slots) },
            hypersched: { $0.restore(trial, slots: slots) },
            deadline: { $0.restore(trial, slots: slots) })
    }
}
