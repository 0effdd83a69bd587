internal import HyperSchedProtocol

extension DeadlinePolicy {
    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        let crossed = record(report)
        guard report.step < view.steps.max else { return .proceed }
        let moment = moment(view)
        refreshAgreement(moment)
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
        }
        var crossed: Int?
        for index in book.ladder.rungs.indices where book.ladder.rungs[index].milestone <= report.step {
            guard book.ladder.rungs[index].score(of: report.trial) == nil else { continue }
            _ = book.record(ledOn(sketch, at: index), of: report.trial, atRung: index)
            crossed = index
        }
        return crossed
    }

    /// The best score at the milestone and half of what it gained since the one before: a trial that still rises is
    /// worth more than one that has flattened at the same height.
    private func ledOn(_ sketch: CurveSketch, at index: Int) -> Double {
        guard let place = sketch.marks.firstIndex(where: { $0.index == index }) else {
            return sketch.best ?? Rung.worstScore
        }
        let best = sketch.marks[place].best
        guard options.extrapolates, place > 0, sketch.marks[place - 1].best > Rung.worstScore else { return best }
        return best + Self.slopeWeight * (best - sketch.marks[place - 1].best)
    }

    private static let slopeWeight = 0.5

    /// The trial is among the best 1/η of those that have been at the milestone, and enough trials have been started
    /// for one to get so far. Where nobody is judged everybody passes.
    func passes(_ trial: TrialID, at index: Int, _ moment: DeadlineMoment) -> Bool {
        guard moment.judged[index] else { return true }
        let rung = book.ladder.rungs[index]
        guard let score = rung.score(of: trial), score > Rung.worstScore else { return false }
        var expected = Double(startedTrials)
        for passed in 0...index where moment.judged[passed] { expected /= Double(options.reductionFactor) }
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
