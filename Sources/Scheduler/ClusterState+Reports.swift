internal import HyperSchedProtocol

extension ClusterState {
    mutating func reported(by agent: AgentID, _ batch: ReportBatch, at now: Timestamp) -> EventResult {
        var receipt = ReportReceipt()
        for report in batch.reports {
            switch take(report, from: agent, at: now) {
            case .accepted: receipt.accepted += 1
            case .duplicate: receipt.duplicate += 1
            case .stale: receipt.stale += 1
            }
        }
        for ended in batch.ended {
            let lease = leasesByTrial[ended.attempt.trial]
            if let lease, lease.attempt == ended.attempt, lease.isOpen(on: agent) {
                memberEnded(ended.attempt.trial, on: agent, ended, at: now)
                receipt.accepted += 1
            } else {
                receipt.stale += 1
            }
        }
        return .receipt(receipt)
    }

    private enum Acceptance { case accepted, duplicate, stale }

    private mutating func take(_ report: TrialReport, from agent: AgentID, at now: Timestamp) -> Acceptance {
        let id = report.attempt.trial
        guard let trial = trials[id] else { return .stale }
        guard let lease = leasesByTrial[id], lease.attempt == report.attempt, lease.agent == agent else {
            // Kept for people to look at, but it moves nothing. Attempts that never existed are not kept.
            if report.attempt.number >= 1 && report.attempt.number <= trial.attempt {
                pending.reports.append(StoredReport(report: report, at: now, stale: true, late: false, timing: nil))
            }
            return .stale
        }
        guard report.sequence > trial.lastSequence else { return .duplicate }
        let record = runtimes[trial.sweep]!.record
        // A report stamped with the deadline itself still counts (docs/SCHEDULING.md).
        let ended = record.state.isTerminal && record.state != .deadlineReached
        let late = now > record.spec.deadline || ended
        noteReport(of: id, at: now)
        pending.trials.insert(id)
        let timing = ReportTiming(
            report, after: trial, slots: lease.slotCount, isTimed: record.spec.steps.isTimed)
        let isBeside = report.isPartial == true && report.metrics[record.spec.metric.name] == nil
        let moves = !late && !isBeside
        pending.reports.append(
            StoredReport(report: report, at: now, stale: false, late: late, timing: moves ? timing : nil))
        if moves {
            apply(report, timing, to: trial, lease, at: now)
        } else {
            trials[id]!.lastSequence = report.sequence
            if !late { noteNames(of: report, id) }
        }
        return .accepted
    }

    /// For the texts that tell a user which metrics a program does report.
    private mutating func noteNames(of report: TrialReport, _ id: TrialID) {
        let known = trials[id]!.metricNames
        guard known.count < 32 else { return }
        let new = report.metrics.keys.filter { !known.contains($0) }
        if !new.isEmpty { trials[id]!.metricNames = Array((known + new).sorted().prefix(32)) }
    }

    /// A live report in time. The policy sees the records as they were before it: HyperSched ranks the reporter by its
    /// previous score (published code, section "event loop" of docs/SCHEDULING.md).
    private mutating func apply(
        _ report: TrialReport, _ timing: ReportTiming, to before: TrialRecord, _ lease: LeaseRecord, at now: Timestamp
    ) {
        let record = runtimes[before.sweep]!.record
        let view = view(of: before.sweep, beside: lease, at: now)
        let objective = report.metrics[record.spec.metric.name]
        runtimes[before.sweep]!.observe(timing)
        advance(before.id, by: report, timing)
        guard let objective else { return missingObjective(before.id, lease, at: now) }
        guard let score = score(of: objective, record.spec) else {
            return diverged(before.id, objective, report, at: now)
        }
        // A step that was already reported on this line (printed twice, say) is stored but decides nothing.
        let step = progress(of: trials[before.id]!)
        let advances = step > progress(of: before)
        note(score, at: report.step, of: before.id)
        guard advances else { return }
        let policyReport = PolicyReport(
            trial: before.id, step: step, score: score, iterationSeconds: timing.iterationSeconds,
            iterationSteps: timing.iterationSteps, trainedSeconds: trials[before.id]!.trainedSeconds,
            setupSeconds: timing.setupSeconds, slots: lease.slotCount)
        consult(policyReport, before, lease, view, at: now)
    }

    /// Asks the policy and carries out its verdict. An attempt that is already on its way out is only recorded.
    private mutating func consult(
        _ report: PolicyReport, _ before: TrialRecord, _ lease: LeaseRecord, _ view: SweepView, at now: Timestamp
    ) {
        let sweep = before.sweep
        let verdict = runtimes[sweep]!.onReport(report, of: before, in: view)
        keepPolicyState(of: before.id)
        guard lease.goal == .run else { return }
        if reachedTarget(report, sweep, at: now) { return }
        if report.step >= view.steps.max { return lastStep(before.id, at: now) }
        switch verdict {
        case .pause(let reason):
            decide(.pause, reason, sweep: sweep, trial: before.id, at: now)
            stop(before.id, goal: .stop, then: .pause, reason: reason.text, at: now)
        case .prune(let reason):
            decide(.prune, reason, sweep: sweep, trial: before.id, at: now)
            stop(before.id, goal: .stop, then: .prune, reason: reason.text, at: now)
        case .proceed:
            // Gangs keep their size.
            guard stopBegins(sweep) > now, lease.gang == nil else { return }
            let resize = runtimes[sweep]!.policy.resize(before, in: view)
            keepPolicyState(of: before.id)
            if case .resize(let target, let reason) = resize, target != lease.slots.count {
                beginResize(before.id, to: target, reason: reason, at: now)
            }
        }
    }

    private mutating func advance(_ id: TrialID, by report: TrialReport, _ timing: ReportTiming) {
        var trial = trials[id]!
        trial.lastSequence = report.sequence
        trial.lastElapsed = report.elapsedSeconds
        trial.trainedSeconds += timing.iterationSeconds
        trial.lastStep = max(trial.lastStep, report.step)
        if runtimes[trial.sweep]!.record.spec.steps.isTimed {
            trial.trained(timing.iterationSeconds, to: trial.lastStep)
        }
        trials[id] = trial
        noteNames(of: report, id)
    }

    private mutating func note(_ score: Double, at step: Int, of id: TrialID) {
        var trial = trials[id]!
        let rank = TrialRank(trial)
        if trial.scoredReports == 0 { runtimes[trial.sweep]!.scoredTrials += 1 }
        trial.scoredReports += 1
        trial.lastScore = score
        if score > -Double.greatestFiniteMagnitude, trial.bestScore.map({ score > $0 }) ?? true {
            trial.bestScore = score
            trial.bestStep = step
            runtimes[trial.sweep]!.noteBest(score, of: id)
        }
        runtimes[trial.sweep]!.moveRank(from: rank, to: TrialRank(trial))
        trials[id] = trial
    }

    /// Larger is better. nil: the value ends the trial.
    private func score(of objective: MetricValue, _ spec: SweepSpec) -> Double? {
        if objective.isFinite { return spec.metric.score(of: objective.number) }
        return spec.onNaN == .worst ? -Double.greatestFiniteMagnitude : nil
    }

    private mutating func diverged(_ id: TrialID, _ objective: MetricValue, _ report: TrialReport, at now: Timestamp) {
        let trial = trials[id]!
        let spec = runtimes[trial.sweep]!.record.spec
        let text =
            "\(spec.metric.name) is \(objective.number) at \(spec.steps.reportedUnit) \(report.step) (on_nan: diverged)"
        decide(.diverge, Reason(rule: "diverged", text: text), sweep: trial.sweep, trial: id, at: now)
        // A diverged trial did report: the metric's name is right and the sweep is not hopeless.
        if trial.scoredReports == 0 {
            trials[id]!.scoredReports = 1
            runtimes[trial.sweep]!.scoredTrials += 1
        }
        stop(id, goal: .kill, then: .fail(.diverged), reason: text, at: now)
    }

    private mutating func missingObjective(_ id: TrialID, _ lease: LeaseRecord, at now: Timestamp) {
        trials[id]!.unscoredReports += 1
        let trial = trials[id]!
        guard trial.scoredReports == 0, trial.unscoredReports >= settings.unscoredReports, lease.goal == .run else {
            return
        }
        let name = runtimes[trial.sweep]!.record.spec.metric.name
        let text =
            "reported \(trial.unscoredReports) times without the metric '\(name)'; it reported "
            + "\(trial.metricNames.joined(separator: ", ")). Fix: set metric.name to one of them, or report '\(name)'"
        decide(.noMetric, Reason(rule: "no_metric", text: text), sweep: trial.sweep, trial: id, at: now)
        stop(id, goal: .kill, then: .fail(.noMetric), reason: text, at: now)
    }

    private mutating func lastStep(_ id: TrialID, at now: Timestamp) {
        let sweep = trials[id]!.sweep
        let text = runtimes[sweep]!.record.spec.steps.completed(progress(of: trials[id]!))
        decide(.complete, Reason(rule: "last_step", text: text), sweep: sweep, trial: id, at: now)
        stop(id, goal: .stop, then: .complete, reason: text, at: now)
    }

    private mutating func reachedTarget(_ report: PolicyReport, _ sweep: SweepID, at now: Timestamp) -> Bool {
        let metric = runtimes[sweep]!.record.spec.metric
        guard let target = metric.target, report.score >= metric.score(of: target) else { return false }
        let value = metric.value(ofScore: report.score)
        let text = "target reached: trial \(report.trial) has \(metric.name) \(value), the target is \(target)"
        let reason = Reason(
            rule: "target", text: text, numbers: ["value": MetricValue(value), "target": MetricValue(target)],
            rivals: [report.trial])
        decide(.finish, reason, sweep: sweep, at: now)
        for trial in runtimes[sweep]!.running { stop(trial, goal: .stop, then: .deadline, reason: text, at: now) }
        endSweep(sweep, as: .finished, reason: text, at: now)
        return true
    }
}

extension ReportTiming {
    /// What a report tells about speed, given the trial as it was before it.
    /// - Parameter isTimed: the sweep counts seconds of training, so that these are the steps.
    init(_ report: TrialReport, after trial: TrialRecord, slots: Int, isTimed: Bool) {
        // Not by its sequence: reports without a part in this may have come before.
        let first = trial.lastElapsed == 0
        let setup = report.setupSeconds.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        let since = first ? (setup ?? 0) : trial.lastElapsed
        let seconds = max(0, report.elapsedSeconds - since)
        let before = trial.progressSeconds ?? 0
        let steps = isTimed ? Int(before + seconds) - Int(before) : report.step - trial.lastStep
        self.init(
            trial: trial.id, iterationSeconds: seconds, iterationSteps: max(1, steps), setupSeconds: setup,
            slots: slots)
    }
}
