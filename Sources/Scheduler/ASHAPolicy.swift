public import HyperSchedProtocol

/// Asynchronous successive halving with one bracket (``HalvingBracket``). Every trial holds `slots.min` slots.
public struct ASHAPolicy: SchedulingPolicy {
    private var bracket: HalvingBracket

    public init(spec: SweepSpec, options: ASHAOptions) {
        bracket = HalvingBracket(rule: HalvingRule(options), metric: spec.metric, steps: spec.steps)
    }

    public mutating func observe(_ timing: ReportTiming) {}

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        bracket.judge(report, last: view.steps.max)
    }

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict { .keep }

    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if let trial = view.waiting.first(where: bracket.book.isInterrupted) {
            return .start(trial, slots: view.minSlots, view.interrupted)
        }
        if let best = bracket.promotion(in: view) {
            return .start(best.trial, slots: view.minSlots, bracket.promotionReason(best))
        }
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, view.newTrial) }
        if view.canCreate { return .startNew(slots: view.minSlots, view.newTrial) }
        guard let best = bracket.filler(in: view) else { return .nothing(view.exhausted) }
        return .start(best.trial, slots: view.minSlots, bracket.fillReason(best))
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        bracket.book.started(trial, slots: slots, cooldown: 0, filler: false)
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) { bracket.book.ended(trial, state: state) }

    public func trialState(of trial: TrialID) -> PolicyTrialState { bracket.book.state(of: trial) }

    public mutating func restore(_ trial: TrialRecord, slots: Int) { bracket.book.restore(trial, slots: slots) }
}
