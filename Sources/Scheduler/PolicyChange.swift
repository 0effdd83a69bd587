internal import HyperSchedProtocol

/// One of the mutating calls of ``SchedulingPolicy``, for a policy of any type.
protocol PolicyChange {
    associatedtype Answer
    func apply(to policy: inout some SchedulingPolicy) -> Answer
}

/// The calls, one type each.
enum PolicyCall {
    struct Created: PolicyChange {
        let trial: TrialRecord
        func apply(to policy: inout some SchedulingPolicy) { policy.onCreated(trial) }
    }

    struct Observe: PolicyChange {
        let timing: ReportTiming
        func apply(to policy: inout some SchedulingPolicy) { policy.observe(timing) }
    }

    struct Report: PolicyChange {
        let report: PolicyReport
        let trial: TrialRecord
        let view: SweepView
        func apply(to policy: inout some SchedulingPolicy) -> Verdict {
            policy.onReport(report, of: trial, in: view)
        }
    }

    struct Resize: PolicyChange {
        let trial: TrialRecord
        let view: SweepView
        func apply(to policy: inout some SchedulingPolicy) -> ResizeVerdict { policy.resize(trial, in: view) }
    }

    struct Started: PolicyChange {
        let trial: TrialID
        let slots: Int
        func apply(to policy: inout some SchedulingPolicy) { policy.onStarted(trial, slots: slots) }
    }

    struct Ended: PolicyChange {
        let trial: TrialID
        let state: TrialState
        func apply(to policy: inout some SchedulingPolicy) { policy.onEnded(trial, state: state) }
    }

    struct Restore: PolicyChange {
        let trial: TrialRecord
        let slots: Int
        func apply(to policy: inout some SchedulingPolicy) { policy.restore(trial, slots: slots) }
    }
}
