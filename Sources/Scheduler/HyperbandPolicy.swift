public import HyperSchedProtocol

/// Asynchronous Hyperband (Li et al., "Hyperband", JMLR 2018, run as in Li et al., MLSys 2020): ASHA with several
/// brackets, each with rungs of its own (``HyperbandBrackets``, ``HalvingBracket``). Every trial holds `slots.min`
/// slots.
public struct HyperbandPolicy: SchedulingPolicy {
    private let plan: HyperbandBrackets
    private let seed: UInt64
    private var brackets: [HalvingBracket]
    /// For look-up only, never iterated.
    private var bracketOf: TreeMap<TrialID, Int> = [:]
    /// Index of the next trial to be drawn.
    private var nextIndex = 0

    public init(spec: SweepSpec, options: HyperbandOptions) {
        plan = HyperbandBrackets(
            steps: spec.steps, reductionFactor: options.reductionFactor, limit: options.brackets)
        seed = spec.seed
        let severalBrackets = plan.firstRungs.count > 1
        brackets = plan.firstRungs.enumerated().map { number, first in
            HalvingBracket(
                rule: HalvingRule(options), metric: spec.metric,
                steps: StepRange(unit: spec.steps.unit, min: first, max: spec.steps.max),
                number: severalBrackets ? number : nil)
        }
    }

    public mutating func onCreated(_ trial: TrialRecord) {
        bracketOf[trial.id] = plan.bracket(ofTrial: trial.index, seed: seed)
        nextIndex = max(nextIndex, trial.index + 1)
    }

    private func bracket(of trial: TrialID) -> Int {
        guard let bracket = bracketOf[trial] else { preconditionFailure("trial \(trial) was never created") }
        return bracket
    }

    public mutating func observe(_ timing: ReportTiming) {}

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        brackets[bracket(of: report.trial)].judge(report, last: view.steps.max)
    }

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict { .keep }

    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if let trial = view.waiting.first(where: { brackets[bracket(of: $0)].book.isInterrupted($0) }) {
            return .start(trial, slots: view.minSlots, view.interrupted)
        }
        if let (number, best) = furthest({ $0.promotion(in: view) }) {
            return .start(best.trial, slots: view.minSlots, brackets[number].promotionReason(best))
        }
        if let trial = view.waiting.first {
            return .start(trial, slots: view.minSlots, newTrial(bracket(of: trial), view))
        }
        if view.canCreate {
            return .startNew(
                slots: view.minSlots, newTrial(plan.bracket(ofTrial: nextIndex, seed: seed), view))
        }
        guard let (number, best) = furthest({ $0.filler(in: view) }) else { return .nothing(view.exhausted) }
        return .start(best.trial, slots: view.minSlots, brackets[number].fillReason(best))
    }

    /// Of the brackets' candidates the one that has most steps behind it; of equals that of the lower bracket.
    private func furthest(
        _ candidate: (HalvingBracket) -> RungBook.Candidate?
    ) -> (bracket: Int, candidate: RungBook.Candidate)? {
        var best: (bracket: Int, candidate: RungBook.Candidate, milestone: Int)?
        for (number, bracket) in brackets.enumerated() {
            guard let found = candidate(bracket) else { continue }
            let milestone = bracket.book.ladder.rungs[found.rung].milestone
            if best.map({ milestone > $0.milestone }) ?? true { best = (number, found, milestone) }
        }
        return best.map { ($0.bracket, $0.candidate) }
    }

    private func newTrial(_ bracket: Int, _ view: SweepView) -> Reason {
        let first = plan.firstRungs[bracket]
        let until = first < view.steps.max ? "its first rung is at \(first)" : "it runs through"
        return Reason(
            .newTrial,
            "no paused trial can be promoted and \(view.minSlots) slots are free; bracket \(bracket): \(until)",
            numbers: [
                "slots": Double(view.minSlots), "paused": Double(view.paused.count), "bracket": Double(bracket),
                "first_rung": Double(first),
            ])
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        brackets[bracket(of: trial)].book.started(trial, slots: slots, cooldown: 0, filler: false)
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        brackets[bracket(of: trial)].book.ended(trial, state: state)
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        brackets[bracket(of: trial)].book.state(of: trial)
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        onCreated(trial)
        brackets[bracket(of: trial.id)].book.restore(trial, slots: slots)
    }
}
