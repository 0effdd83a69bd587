internal import HyperSchedProtocol
internal import RealModule

extension DeadlinePolicy {
    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        let crossed = record(report)
        guard report.step < view.steps.max else { return .proceed }
        let moment = moment(view)
        if isOpen(moment, view) {
            guard let crossed, !passes(report.trial, at: crossed, moment) else { return .proceed }
            return outranked(report.trial, crossed, moment)
        }
        guard let reason = gaveWay(report, crossed: crossed != nil, moment, view) else { return .proceed }
        return pause(report.trial, reason)
    }

    /// Index of the highest milestone that this report is the first to reach.
    private mutating func record(_ report: PolicyReport) -> Int? {
        let before = liveEntry(of: report.trial)
        _ = forecaster.record(report)
        guard let sketch = forecaster.sketch(of: report.trial), let after = liveEntry(of: report.trial) else {
            return nil
        }
        if before != after {
            if let before { live.remove(before) }
            live.insert(after)
            if let before, resting.remove(before) { resting.insert(after) }
        }
        var crossed: Int?
        let spent = paidSteps(of: report)
        for (index, rung) in book.ladder.rungs.enumerated() where Double(rung.milestone) <= spent {
            guard rung.score(of: report.trial) == nil else { continue }
            _ = book.record(ledOn(sketch), of: report.trial, atRung: index)
            crossed = index
        }
        return crossed
    }

    /// The steps that a typical trial would have made in the time that this one took (with the weight `timeWeight`):
    /// a trial with dear steps has to show sooner what it is worth, one with cheap ones later.
    private func paidSteps(of report: PolicyReport) -> Double {
        let step = Double(report.step)
        guard let typical = forecaster.speed.typicalBase, let own = forecaster.speed.base(of: report.trial),
            typical > 0, own > 0
        else { return step }
        return max(step * Double.exp(Self.timeWeight * Double.log(own / typical)), 1)
    }

    private static let timeWeight = 0.5

    /// The best score and half of what it gained over the last doubling of the steps: a trial that still rises is
    /// worth more than one that has flattened at the same height.
    private func ledOn(_ sketch: CurveSketch) -> Double {
        guard let best = sketch.best else { return Rung.worstScore }
        guard options.extrapolates, let gain = forecaster.lastGain(sketch) else { return best }
        return best + Self.slopeWeight * gain
    }

    private static let slopeWeight = 0.5

    /// The trial is among the best 1/η of those that have been at the milestone, and enough trials have been started
    /// for one to get so far. Where nobody is judged everybody passes.
    func passes(_ trial: TrialID, at index: Int, _ moment: DeadlineMoment) -> Bool {
        guard index >= moment.firstJudged else { return true }
        let rung = book.ladder.rungs[index]
        guard let score = rung.score(of: trial), score > Rung.worstScore else { return false }
        var expected = Double(startedTrials)
        for _ in moment.firstJudged...index { expected /= Double(options.reductionFactor) }
        guard expected >= 1 else { return false }
        let rank = rung.ranked.count - 1 - rung.ranked.lowerBound(of: RungEntry(score: score, trial: trial))
        return Double(rank) < max(1, Double(rung.ranked.count) / Double(options.reductionFactor))
    }

    private mutating func pause(_ trial: TrialID, _ reason: Reason) -> Verdict {
        guard let index = book.state(of: trial).rungs.last.flatMap({ book.ladder.index(ofMilestone: $0.milestone) })
        else { return .proceed }
        book.pause(trial, atRung: index)
        return .pause(reason)
    }

    private mutating func outranked(_ trial: TrialID, _ index: Int, _ moment: DeadlineMoment) -> Verdict {
        let rung = book.ladder.rungs[index]
        let rank = rung.score(of: trial).map { rung.better(than: $0) + 1 } ?? rung.ranked.count
        var numbers = moment.numbers
        numbers["rung"] = Double(rung.milestone)
        numbers["trials"] = Double(rung.ranked.count)
        let text =
            "paused at \(steps.unit) \(rung.milestone): number \(rank) of \(rung.ranked.count) there, "
            + "one in \(options.reductionFactor) goes on and \(startedTrials) trials have been started"
        return pause(
            trial, Reason(.rungCutoff, text, numbers: numbers, rivals: rung.leaders(besides: trial)))
    }

    /// Other trials have better use for its slots.
    private func gaveWay(
        _ report: PolicyReport, crossed: Bool, _ moment: DeadlineMoment, _ view: SweepView
    ) -> Reason? {
        guard options.consolidates, view.running.count > 1 || view.totalFree > 0 || !view.paused.isEmpty else {
            return nil
        }
        let contest = contest(moment, view)
        if isFinalist(report.trial, contest) {
            // More finalists than slots take turns: who is twice as far waits for the others.
            let waits =
                crossed && contest.wanted > moment.units
                && contest.finalists.contains {
                    view.isPaused($0) && 2 * (forecaster.sketch(of: $0)?.step ?? report.step) <= report.step
                }
            return waits ? turnReason(report, contest, moment) : nil
        }
        return waitsForSlots(contest, view, moment) ? turnReason(report, contest, moment) : nil
    }

    private func turnReason(_ report: PolicyReport, _ contest: DeadlineContest, _ moment: DeadlineMoment) -> Reason {
        let rivals = Array(contest.finalists.filter { $0 != report.trial }.prefix(3))
        return Reason(
            .consolidate,
            "paused: for the \(moment.timeLeft.shortText) s left the best \(contest.wanted) trials have the slots",
            numbers: moment.numbers, rivals: rivals)
    }
}
