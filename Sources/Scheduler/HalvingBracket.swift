internal import HyperSchedProtocol

/// One bracket of asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter tuning",
/// MLSys 2020, arXiv 1810.05934), in its promotion and its stopping form.
///
/// A trial is judged once at each rung, by the first report at or after the milestone. A report that jumps over several
/// rungs is judged at the highest one and not recorded at those below.
struct HalvingBracket: Equatable, Sendable {
    let rule: HalvingRule
    let metric: Metric
    /// For texts; nil: there is only one.
    let number: Int?
    var book: RungBook

    /// - Parameter steps: from the bracket's first rung to R.
    init(rule: HalvingRule, metric: Metric, steps: StepRange, number: Int? = nil) {
        self.rule = rule
        self.metric = metric
        self.number = number
        book = RungBook(ladder: RungLadder(steps: steps, reductionFactor: rule.reductionFactor))
    }

    /// - Parameter last: R; the last step ends a trial whatever its rank.
    mutating func judge(_ report: PolicyReport, last: Int) -> Verdict {
        guard report.step < last, let index = book.ladder.topIndex(at: report.step),
            book.ladder.rungs[index].score(of: report.trial) == nil
        else { return .proceed }
        switch (rule.kind, rule.cutoff) {
        case (.promotion, _): return promoteOrPause(report, index)
        case (.stopping, .percentile): return proceedAboveCutoff(report, index)
        case (.stopping, .rank): return proceedByRank(report, index)
        }
    }

    /// The trial counts itself; the first η - 1 at a rung always pause.
    private mutating func promoteOrPause(_ report: PolicyReport, _ index: Int) -> Verdict {
        let score = book.record(report.score, of: report.trial, atRung: index)
        let rung = book.ladder.rungs[index]
        // It is at the rung and not paused there, so it counts as promoted already.
        let isLate = rule.delay && rung.promoted > rung.promotable(reductionFactor: rule.reductionFactor)
        if rung.isInTop(report.trial, reductionFactor: rule.reductionFactor), !isLate { return .proceed }
        book.pause(report.trial, atRung: index)
        let reason = reason(index, report.trial, score)
        return .pause(isLate ? reason.delayed() : reason.notInTop())
    }

    /// The cut-off is that of the trials that were here before it; the first one always goes on.
    private mutating func proceedAboveCutoff(_ report: PolicyReport, _ index: Int) -> Verdict {
        let count = book.ladder.rungs[index].ranked.count
        let cutoff = book.ladder.rungs[index].cutoff(reductionFactor: rule.reductionFactor, atLeast: 1)
        let score = book.record(report.score, of: report.trial, atRung: index)
        guard let cutoff, cutoff.isBelow(score) else { return .proceed }
        return .prune(
            reason(index, report.trial, score).below(cutoff, of: count, verb: "pruned", retested: false))
    }

    /// The trial counts itself; the first one always goes on.
    private mutating func proceedByRank(_ report: PolicyReport, _ index: Int) -> Verdict {
        let score = book.record(report.score, of: report.trial, atRung: index)
        let rung = book.ladder.rungs[index]
        let better = rung.better(than: score)
        guard better * rule.reductionFactor > rung.ranked.count else { return .proceed }
        return .prune(reason(index, report.trial, score).outranked(by: better))
    }

    func reason(_ index: Int, _ trial: TrialID, _ score: Double) -> RungReason {
        RungReason(
            metric: metric, reductionFactor: rule.reductionFactor, rung: book.ladder.rungs[index], trial: trial,
            score: score, bracket: number)
    }

    // MARK: Candidates

    /// The best promotable trial of the highest rung.
    func promotion(in view: SweepView) -> RungBook.Candidate? {
        book.bestPaused(in: view, while: isPromotable, where: { _ in true })
    }

    private func isPromotable(_ entry: RungEntry, at rung: Rung) -> Bool {
        guard rung.isInTop(entry, reductionFactor: rule.reductionFactor) else { return false }
        return !rule.delay || rung.promoted < rung.promotable(reductionFactor: rule.reductionFactor)
    }

    func promotionReason(_ candidate: RungBook.Candidate) -> Reason {
        reason(candidate.rung, candidate.trial, candidate.score).inTop()
    }

    /// The paper assumes that there is always a new trial to start. Where there is none, the best paused trial of the
    /// highest rung goes on rather than leave slots idle.
    func filler(in view: SweepView) -> RungBook.Candidate? { book.bestPaused(in: view, where: { _ in true }) }

    func fillReason(_ candidate: RungBook.Candidate) -> Reason {
        reason(candidate.rung, candidate.trial, candidate.score).fill()
    }
}
