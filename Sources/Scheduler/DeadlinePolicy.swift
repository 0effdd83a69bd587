public import HyperSchedProtocol

/// Gives slots to the trials that will make the best score at the deadline as high as can be expected
/// (docs/SCHEDULING.md, "deadline").
///
/// - `+Report`: which trials go on. `+Choose`: what starts. `+Resize`: how many slots. ``DeadlinePlan``: who should
///   have how many.
public struct DeadlinePolicy: SchedulingPolicy {
    let options: DeadlineOptions
    let metric: Metric
    var book: RungBook
    var forecaster: SweepForecaster

    public init(spec: SweepSpec, options: DeadlineOptions) {
        self.options = options
        metric = spec.metric
        // Milestones at each doubling of the steps, whatever η is.
        book = RungBook(ladder: RungLadder(steps: spec.steps, reductionFactor: 2))
        forecaster = SweepForecaster(spec: spec, options: options)
    }

    public mutating func observe(_ timing: ReportTiming) {
        forecaster.observe(timing)
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        forecaster.started(trial)
        book.started(trial, slots: slots, cooldown: 0, filler: isBelowItsRung(trial))
    }

    private func isBelowItsRung(_ trial: TrialID) -> Bool {
        guard let milestone = book.pausedRung(of: trial), let index = book.ladder.index(ofMilestone: milestone),
            let score = book.ladder.rungs[index].score(of: trial)
        else { return false }
        let cutoff = book.ladder.rungs[index].cutoff(reductionFactor: reductionFactor, atLeast: Self.fewestRanked)
        return cutoff?.isBelow(score) ?? false
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        forecaster.ended(trial, state: state)
        book.ended(trial, state: state)
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        var state = book.state(of: trial)
        state.curve = forecaster.sketch(of: trial)
        return state
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        forecaster.restore(trial)
        var plain = trial
        plain.policy.curve = nil
        book.restore(plain, slots: slots)
    }
}
