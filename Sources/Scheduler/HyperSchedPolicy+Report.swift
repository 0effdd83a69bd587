internal import HyperSchedProtocol

extension HyperSchedPolicy {
    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        // The last step ends a trial whatever its rank.
        guard report.step < view.steps.max else { return .proceed }
        let paused = options.speculation ? pauseSpeculatively(report) : pauseUnlessInTop(report)
        if let paused { return options.pausing ? .pause(paused) : .prune(paused) }
        book.setCooldown(book.state(of: report.trial).cooldown - 1, of: report.trial)
        return .proceed
    }

    /// Every rung that the trial has crossed is tested at every report, the highest first, with the score recorded
    /// there: so a trial may be paused between two rungs because others have raised the cut-off. A rung that pauses it
    /// ends the test; rungs below it are then not filled either.
    private mutating func pauseSpeculatively(_ report: PolicyReport) -> Reason? {
        let exempt = book.isFiller(report.trial)
        for index in book.ladder.rungs.indices.reversed() where book.ladder.rungs[index].milestone <= report.step {
            let count = book.ladder.rungs[index].ranked.count
            let cutoff = cutoff(at: book.ladder.rungs[index])
            let retested = book.ladder.rungs[index].score(of: report.trial) != nil
            let score = book.record(report.score, of: report.trial, atRung: index)
            guard let cutoff, cutoff.isBelow(score), !(retested && exempt), !isPassedAsNaN(score) else { continue }
            book.pause(report.trial, atRung: index)
            return reason(index, report.trial, score).below(
                cutoff, of: count, verb: options.pausing ? "paused" : "pruned", retested: retested)
        }
        return nil
    }

    /// Published: a NaN is not smaller than any cut-off.
    private func isPassedAsNaN(_ score: Double) -> Bool { options.publishedSlips && score <= Rung.worstScore }

    /// The ablation without speculation: ASHA's test, once per rung.
    private mutating func pauseUnlessInTop(_ report: PolicyReport) -> Reason? {
        guard let index = book.ladder.topIndex(at: report.step),
            book.ladder.rungs[index].score(of: report.trial) == nil
        else { return nil }
        let score = book.record(report.score, of: report.trial, atRung: index)
        if book.ladder.rungs[index].isInTop(report.trial, reductionFactor: options.reductionFactor) { return nil }
        book.pause(report.trial, atRung: index)
        return reason(index, report.trial, score).notInTop()
    }
}
