public import HyperSchedProtocol

/// The policy that a sweep asked for.
public enum AnyPolicy: SchedulingPolicy {
    case fifo(FIFOPolicy)
    case asha(ASHAPolicy)
    case hyperband(HyperbandPolicy)
    case median(MedianPolicy)
    case pbt(PBTPolicy)
    case hypersched(HyperSchedPolicy)
    case deadline(DeadlinePolicy)

    public init(_ spec: SweepSpec) {
        switch spec.policy {
        case .fifo: self = .fifo(FIFOPolicy())
        case .asha(let options): self = .asha(ASHAPolicy(spec: spec, options: options))
        case .hyperband(let options): self = .hyperband(HyperbandPolicy(spec: spec, options: options))
        case .median(let options): self = .median(MedianPolicy(spec: spec, options: options))
        case .pbt(let options): self = .pbt(PBTPolicy(spec: spec, options: options))
        case .hypersched(let options): self = .hypersched(HyperSchedPolicy(spec: spec, options: options))
        case .deadline(let options): self = .deadline(DeadlinePolicy(spec: spec, options: options))
        }
    }

    /// Moves the policy out while it is changed: two owners of its lists would make every change copy a part of them.
    private mutating func take() -> AnyPolicy {
        let taken = self
        self = .fifo(FIFOPolicy())
        return taken
    }

    private mutating func update<Change: PolicyChange>(_ change: Change) -> Change.Answer {
        switch take() {
        case .fifo(var policy):
            defer { self = .fifo(policy) }
            return change.apply(to: &policy)
        case .asha(var policy):
            defer { self = .asha(policy) }
            return change.apply(to: &policy)
        case .hyperband(var policy):
            defer { self = .hyperband(policy) }
            return change.apply(to: &policy)
        case .median(var policy):
            defer { self = .median(policy) }
            return change.apply(to: &policy)
        case .pbt(var policy):
            defer { self = .pbt(policy) }
            return change.apply(to: &policy)
        case .hypersched(var policy):
            defer { self = .hypersched(policy) }
            return change.apply(to: &policy)
        case .deadline(var policy):
            defer { self = .deadline(policy) }
            return change.apply(to: &policy)
        }
    }

    public mutating func onCreated(_ trial: TrialRecord) { update(PolicyCall.Created(trial: trial)) }

    public mutating func observe(_ timing: ReportTiming) { update(PolicyCall.Observe(timing: timing)) }

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        update(PolicyCall.Report(report: report, trial: trial, view: view))
    }

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict {
        update(PolicyCall.Resize(trial: trial, view: view))
    }

    public func choose(in view: SweepView) -> Choice {
        switch self {
        case .fifo(let policy): policy.choose(in: view)
        case .asha(let policy): policy.choose(in: view)
        case .hyperband(let policy): policy.choose(in: view)
        case .median(let policy): policy.choose(in: view)
        case .pbt(let policy): policy.choose(in: view)
        case .hypersched(let policy): policy.choose(in: view)
        case .deadline(let policy): policy.choose(in: view)
        }
    }

    public var growsTrials: Bool {
        switch self {
        case .fifo(let policy): policy.growsTrials
        case .asha(let policy): policy.growsTrials
        case .hyperband(let policy): policy.growsTrials
        case .median(let policy): policy.growsTrials
        case .pbt(let policy): policy.growsTrials
        case .hypersched(let policy): policy.growsTrials
        case .deadline(let policy): policy.growsTrials
        }
    }

    public func wish(in view: SweepView) -> SlotWish {
        switch self {
        case .fifo(let policy): policy.wish(in: view)
        case .asha(let policy): policy.wish(in: view)
        case .hyperband(let policy): policy.wish(in: view)
        case .median(let policy): policy.wish(in: view)
        case .pbt(let policy): policy.wish(in: view)
        case .hypersched(let policy): policy.wish(in: view)
        case .deadline(let policy): policy.wish(in: view)
        }
    }

    public func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID? {
        switch self {
        case .fifo(let policy): policy.leastValuable(of: candidates, in: view)
        case .asha(let policy): policy.leastValuable(of: candidates, in: view)
        case .hyperband(let policy): policy.leastValuable(of: candidates, in: view)
        case .median(let policy): policy.leastValuable(of: candidates, in: view)
        case .pbt(let policy): policy.leastValuable(of: candidates, in: view)
        case .hypersched(let policy): policy.leastValuable(of: candidates, in: view)
        case .deadline(let policy): policy.leastValuable(of: candidates, in: view)
        }
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        update(PolicyCall.Started(trial: trial, slots: slots))
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        update(PolicyCall.Ended(trial: trial, state: state))
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        switch self {
        case .fifo(let policy): policy.trialState(of: trial)
        case .asha(let policy): policy.trialState(of: trial)
        case .hyperband(let policy): policy.trialState(of: trial)
        case .median(let policy): policy.trialState(of: trial)
        case .pbt(let policy): policy.trialState(of: trial)
        case .hypersched(let policy): policy.trialState(of: trial)
        case .deadline(let policy): policy.trialState(of: trial)
        }
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        update(PolicyCall.Restore(trial: trial, slots: slots))
    }
}
