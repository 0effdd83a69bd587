public import HyperSchedProtocol

/// Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020,
/// arXiv 1810.05934), in its promotion and its stopping form. Every trial holds `slots.min` slots.
///
/// A trial is judged once at each rung, by the first report at or after the milestone. A report that jumps over several
/// rungs is judged at the highest one and not recorded at those below.
public struct ASHAPolicy: SchedulingPolicy {
    private let options: ASHAOptions
    private let metric: Metric
    private(set) var book: RungBook

    public init(spec: SweepSpec, options: ASHAOptions) {
        self.options = options
        metric = spec.metric
        book = RungBook(ladder: RungLadder(steps: spec.steps, reductionFactor: options.reductionFactor))
    }

    public mutating func observe(_ timing: ReportTiming) {}

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        // The last step ends a trial whatever its rank.
        guard report.step < view.steps.max, let index = book.ladder.topIndex(at: report.step),
            book.ladder.rungs[index].score(of: report.trial) == nil
        else { return .proceed }
        return options.kind == .promotion ? promoteOrPause(report, index) : proceedOrPrune(report, index)
    }

    /// The trial counts itself; the first η - 1 at a rung always pause.
    private mutating func promoteOrPause(_ report: PolicyReport, _ index: Int) -> Verdict {
        let score = book.record(report.score, of: report.trial, atRung: index)
        if book.ladder.rungs[index].isInTop(report.trial, reductionFactor: options.reductionFactor) { return .proceed }
        book.pause(report.trial, atRung: index)
        return .pause(reason(index, report.trial, score).notInTop())
    }

    /// The cut-off is that of the trials that were here before it; the first one always goes on.
    private mutating func proceedOrPrune(_ report: PolicyReport, _ index: Int) -> Verdict {
        let count = book.ladder.rungs[index].ranked.count
        let cutoff = book.ladder.rungs[index].cutoff(reductionFactor: options.reductionFactor, atLeast: 1)
        let score = book.record(report.score, of: report.trial, atRung: index)
        guard let cutoff, cutoff.isBelow(score) else { return .proceed }
        return .prune(
            reason(index, report.trial, score).below(cutoff, of: count, verb: "pruned", retested: false))
    }

    private func reason(_ index: Int, _ trial: TrialID, _ score: Double) -> RungReason {
        RungReason(
            metric: metric, reductionFactor: options.reductionFactor, rung: book.ladder.rungs[index], trial: trial,
            score: score)
    }

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict { .keep }

    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if let trial = view.waiting.first(where: book.isInterrupted) {
            let reason = Reason(.interrupted, "goes on after an interruption, before anything new starts")
            return .start(trial, slots: view.minSlots, reason)
        }
        if let choice = promotion(in: view) { return choice }
        let reason = Reason(
            .newTrial, "no paused trial can be promoted and \(view.minSlots) slots are free",
            numbers: ["slots": Double(view.minSlots), "paused": Double(view.paused.count)])
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, reason) }
        if view.canCreate { return .startNew(slots: view.minSlots, reason) }
        return fill(in: view)
    }

    /// The best promotable trial of the highest rung.
    private func promotion(in view: SweepView) -> Choice? {
        let factor = options.reductionFactor
        let best = book.bestPaused(
            in: view, while: { $1.isInTop($0, reductionFactor: factor) }, where: { _ in true })
        return best.map { .start($0.trial, slots: view.minSlots, reason($0.rung, $0.trial, $0.score).inTop()) }
    }

    /// The paper assumes that there is always a new trial to start. Where there is none, the best paused trial of the
    /// highest rung goes on rather than leave slots idle.
    private func fill(in view: SweepView) -> Choice {
        guard let best = book.bestPaused(in: view, where: { _ in true }) else {
            return .nothing(Reason(.exhausted, "no trial is left to start or resume"))
        }
        return .start(best.trial, slots: view.minSlots, reason(best.rung, best.trial, best.score).fill())
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        book.started(trial, slots: slots, cooldown: 0, filler: false)
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) { book.ended(trial, state: state) }

    public func trialState(of trial: TrialID) -> PolicyTrialState { book.state(of: trial) }

    public mutating func restore(_ trial: TrialRecord, slots: Int) { book.restore(trial, slots: slots) }
}
