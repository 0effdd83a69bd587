internal import HyperSchedProtocol

extension ClusterState {
    /// The trial's next state after an attempt has ended.
    mutating func settle(_ lease: LeaseRecord, _ ended: AttemptEnded, at now: Timestamp) -> TrialState {
        let id = lease.attempt.trial
        switch lease.afterStop {
        case .cancel: return become(.cancelled, id, reason: lease.stopReason)
        case .complete: return become(.completed, id, reason: lease.stopReason)
        case .prune: return become(.pruned, id, reason: lease.stopReason)
        case .fail(let state):
            let kind: FailureClass = state == .noMetric ? .noMetric : .other
            if state != .diverged { logFailure(lease, ended, kind, lease.stopReason ?? "") }
            return become(state, id, reason: lease.stopReason)
        case .limit(let kind): return settleLimit(lease, ended, kind, at: now)
        case .deadline:
            let done = progress(of: trials[id]!) >= runtimes[lease.sweep]!.record.spec.steps.max
            if done { return become(.completed, id, reason: lease.stopReason) }
            // The deadline may have been moved since.
            if now < stopBegins(lease.sweep) { return become(.waiting, id, reason: "the deadline was moved") }
            trials[id]!.stoppedForDeadline = true
            return become(.paused, id, reason: lease.stopReason)
        case .pause, .resize, .requeue, nil: return settleUnfinished(lease, ended, at: now)
        }
    }

    mutating func become(_ state: TrialState, _ id: TrialID, reason: String?) -> TrialState {
        setState(state, of: id, reason: reason)
        return state
    }

    private mutating func settleUnfinished(_ lease: LeaseRecord, _ ended: AttemptEnded, at now: Timestamp) -> TrialState
    {
        let id = lease.attempt.trial
        switch ended.outcome {
        case .failed: return settleFailure(lease, ended, at: now)
        case .exited: return settleExit(lease, ended, at: now)
        case .interrupted, .killed, .lost: break
        }
        switch lease.afterStop {
        case .pause: return become(.paused, id, reason: lease.stopReason)
        case .resize, .requeue: return become(.waiting, id, reason: lease.stopReason)
        default: break
        }
        if ended.outcome == .lost {
            logFailure(lease, ended, .lostNode, ended.message)
            return requeue(lease, because: "lost: \(ended.message)", at: now)
        }
        let progressed =
            trials[id]!.lastStep > trials[id]!.attemptStartStep
            || (trials[id]!.latestCheckpoint.map { $0.attempt == lease.attempt } ?? false)
        if ended.outcome == .interrupted && progressed { return requeue(lease, because: "interrupted", at: now) }
        return settleFailure(lease, ended, at: now)
    }

    private mutating func requeue(_ lease: LeaseRecord, because why: String, at now: Timestamp) -> TrialState {
        let step = trials[lease.attempt.trial]!.latestCheckpoint?.step
        let from = step.map { "from its checkpoint at step \($0)" } ?? "from the beginning, it has no checkpoint"
        let reason = Reason(rule: "requeue", text: "attempt \(lease.attempt.number) \(why); it will run again \(from)")
        decide(.requeue, reason, sweep: lease.sweep, trial: lease.attempt.trial, at: now)
        return become(.waiting, lease.attempt.trial, reason: reason.text)
    }

    /// The program ended by itself with success.
    private mutating func settleExit(_ lease: LeaseRecord, _ ended: AttemptEnded, at now: Timestamp) -> TrialState {
        let id = lease.attempt.trial
        let trial = trials[id]!
        let spec = runtimes[lease.sweep]!.record.spec
        guard trial.scoredReports > 0 else {
            let seen =
                trial.metricNames.isEmpty
                ? "it reported nothing" : "it reported \(trial.metricNames.joined(separator: ", "))"
            let reason = Reason(
                rule: "no_metric",
                text: "ended without ever reporting the metric '\(spec.metric.name)'; \(seen). "
                    + "Fix: print a line such as `\(spec.metric.name)=0.5`, or correct metric.name")
            decide(.noMetric, reason, sweep: lease.sweep, trial: id, at: now)
            logFailure(lease, ended, .noMetric, reason.text)
            return become(.noMetric, id, reason: reason.text)
        }
        let steps = progress(of: trial)
        let early = steps < spec.steps.max
        let text =
            early
            ? "its program ended by itself at \(spec.steps.unit) \(steps) of \(spec.steps.max)"
            : spec.steps.completed(steps)
        decide(
            .complete, Reason(rule: early ? "program_ended" : "last_step", text: text), sweep: lease.sweep, trial: id,
            at: now)
        return become(.completed, id, reason: text)
    }
}
