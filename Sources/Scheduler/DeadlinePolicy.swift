public import HyperSchedProtocol

/// Gives slots to the trials that will make the best score at the deadline as high as can be expected
/// (docs/SCHEDULING.md, "deadline").
///
/// - `+Report`: which trials go on. `+Choose`: what starts. `+Resize`: how many slots. ``DeadlineMoment``: how the time
///   that is left is divided. ``DeadlineContest``: who shares the slots once no new trial is admitted.
public struct DeadlinePolicy: SchedulingPolicy {
    let options: DeadlineOptions
    let metric: Metric
    let steps: StepRange
    /// Score of each trial at each doubling of the steps: its best one, led on by its slope.
    var book: RungBook
    var forecaster: SweepForecaster
    /// Trials that are not over and have a score, by their best one, worst first.
    var live: SortedList<RungEntry> = []
    /// Those of them that are paused.
    var resting: SortedList<RungEntry> = []
    /// Trials that ever ran.
    var startedTrials = 0

    public init(spec: SweepSpec, options: DeadlineOptions) {
        self.options = options
        metric = spec.metric
        steps = spec.steps
        // Milestones at each doubling of the steps, whatever η is.
        book = RungBook(ladder: RungLadder(steps: spec.steps, reductionFactor: 2))
        forecaster = SweepForecaster(spec: spec, options: options)
    }

    public mutating func observe(_ timing: ReportTiming) { forecaster.observe(timing) }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        if !book.hasRun(trial) { startedTrials += 1 }
        if let entry = liveEntry(of: trial) { resting.remove(entry) }
        forecaster.started(trial)
        book.started(trial, slots: slots, cooldown: 0, filler: false)
    }

    /// Where the trial is in ``live``; nil: it has not reported.
    func liveEntry(of trial: TrialID) -> RungEntry? {
        guard let sketch = forecaster.sketch(of: trial), sketch.step > 0 else { return nil }
        return RungEntry(score: sketch.best ?? Rung.worstScore, trial: trial)
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        if let entry = liveEntry(of: trial) {
            if state.isTerminal { live.remove(entry) } else if !live.contains(entry) { live.insert(entry) }
            resting.remove(entry)
            if state == .paused { resting.insert(entry) }
        }
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
        if trial.attempt > 0 { startedTrials += 1 }
        if !trial.state.isTerminal, let entry = liveEntry(of: trial.id) {
            live.insert(entry)
            if trial.state == .paused { resting.insert(entry) }
        }
        var plain = trial
        plain.policy.curve = nil
        book.restore(plain, slots: slots)
    }
}
