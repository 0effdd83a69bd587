internal import HyperSchedProtocol

extension DeadlinePolicy {
    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        let crossed = record(report)
        guard report.step < view.steps.max else { return .proceed }
        let moment = moment(view)
        if let verdict = outranked(report.trial, crossed, moment, view) { return verdict }
        if !moment.admits, options.consolidates, let reason = outOfPlan(report, moment, view) {
            return pause(report.trial, reason)
        }
        return .proceed
    }

    /// Index of the highest milestone that this report is the first to reach.
    private mutating func record(_ report: PolicyReport) -> Int? {
        _ = forecaster.record(report)
        let best = forecaster.sketch(of: report.trial)?.best ?? Rung.worstScore
        var crossed: Int?
        for index in book.ladder.rungs.indices where book.ladder.rungs[index].milestone <= report.step {
            guard book.ladder.rungs[index].score(of: report.trial) == nil else { continue }
            _ = book.record(best, of: report.trial, atRung: index)
            crossed = index
        }
        return crossed
    }

    private mutating func pause(_ trial: TrialID, _ reason: Reason) -> Verdict {
        guard let index = book.state(of: trial).rungs.last.flatMap({ book.ladder.index(ofMilestone: $0.milestone) })
        else { return .proceed }
        book.pause(trial, atRung: index)
        return .pause(reason)
    }

    /// Below the cut-off of a milestone, the newest one or one passed before that others have raised since, while
    /// something can use the slots that is not below its own.
    private mutating func outranked(
        _ trial: TrialID, _ crossed: Int?, _ moment: DeadlineMoment, _ view: SweepView
    ) -> Verdict? {
        guard let (index, cutoff) = failedRung(of: trial, newest: crossed) else { return nil }
        let hasNew = moment.admits && (view.canCreate || !view.waiting.isEmpty)
        guard hasNew || promotable(view) != nil else { return nil }
        let rung = book.ladder.rungs[index]
        let why = reason(index, trial, rung.score(of: trial)!, reductionFactor)
            .below(cutoff, of: rung.ranked.count, verb: "paused", retested: index != crossed)
        book.pause(trial, atRung: index)
        return .pause(why)
    }

    /// The highest milestone below whose cut-off the trial is. What was resumed in spite of its rank is judged at new
    /// milestones only.
    private func failedRung(of trial: TrialID, newest: Int?) -> (index: Int, cutoff: RungCutoff)? {
        let (factor, again) = (reductionFactor, judgesAgain && !book.isFiller(trial))
        for index in book.ladder.rungs.indices.reversed() where index == newest || again {
            let rung = book.ladder.rungs[index]
            guard let score = rung.score(of: trial),
                let cutoff = rung.cutoff(reductionFactor: factor, atLeast: Self.fewestRanked), cutoff.isBelow(score)
            else { continue }
            return (index, cutoff)
        }
        return nil
    }

    /// A cut-off needs that many trials; the first ones go on whatever their score.
    static let fewestRanked = 2

    /// The plan has better use for its slots.
    private func outOfPlan(_ report: PolicyReport, _ moment: DeadlineMoment, _ view: SweepView) -> Reason? {
        let plan = plan(view, moment)
        let held = max(1, report.slots / view.minSlots)
        guard plan.units(of: report.trial) == 0, plan.unused < held, view.running.count > 1 else { return nil }
        let rivals = plan.shares.filter { $0.units > 0 }.prefix(3).compactMap(\.candidate.trial)
        guard !rivals.isEmpty else { return nil }
        return Reason(
            .consolidate,
            "paused: in the \(moment.timeLeft.shortText) s left its \(report.slots) slots add more to the "
                + "expected best elsewhere", numbers: moment.numbers, rivals: rivals)
    }

    func reason(_ index: Int, _ trial: TrialID, _ score: Double, _ factor: Int) -> RungReason {
        RungReason(metric: metric, reductionFactor: factor, rung: book.ladder.rungs[index], trial: trial, score: score)
    }
}
