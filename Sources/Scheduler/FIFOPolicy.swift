public import HyperSchedProtocol

/// First in, first out: every trial runs to the last step on `slots.min` slots; nothing is paused, pruned or resized.
public struct FIFOPolicy: SchedulingPolicy {
    public init() {}

    public mutating func observe(_ timing: ReportTiming) {}

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        .proceed
    }

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict { .keep }

    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        let reason = Reason(
            .fifo, "first in, first out: \(view.minSlots) slots are free",
            numbers: ["slots": Double(view.minSlots), "largest_free": Double(view.largestFree)])
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, reason) }
        if view.canCreate { return .startNew(slots: view.minSlots, reason) }
        return .nothing(Reason(.exhausted, "every trial has been started"))
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {}

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {}

    public func trialState(of trial: TrialID) -> PolicyTrialState { PolicyTrialState() }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {}
}
