public import HyperSchedProtocol

/// Gives slots to the trials that will make the best score at the deadline as high as can be expected
/// (docs/SCHEDULING.md, "deadline").
///
/// - `+Report`: which trials go on. `+Choose`: what starts. `+Resize`: how many slots. ``DeadlinePlan``: who should
///   have how many.
public struct DeadlinePolicy: SchedulingPolicy {
    let options: DeadlineOptions
    let metric: Metric
    let steps: StepRange
    var book: RungBook
    var curves: ForecastCurves
    var speed: ForecastSpeed
    /// For look-up only, never iterated.
    var sketches: TreeMap<TrialID, CurveSketch> = [:]

    public init(spec: SweepSpec, options: DeadlineOptions) {
        self.options = options
        metric = spec.metric
        steps = spec.steps
        // Milestones at each doubling of the steps, whatever η is.
        book = RungBook(ladder: RungLadder(steps: spec.steps, reductionFactor: 2))
        curves = ForecastCurves(extrapolates: options.extrapolates)
        speed = ForecastSpeed(minSlots: spec.slots.min, scaling: options.scaling)
    }

    public mutating func observe(_ timing: ReportTiming) {
        speed.observe(timing)
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        sketches[trial, default: CurveSketch()].sinceStart = 0
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
        if state == .completed { noteEnd(of: trial) }
        book.ended(trial, state: state)
    }

    private mutating func noteEnd(of trial: TrialID) {
        guard let sketch = sketches[trial], sketch.step < steps.max, sketch.step >= steps.min,
            let index = book.ladder.topIndex(at: sketch.step)
        else { return }
        curves.programEnded(after: index)
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        var state = book.state(of: trial)
        state.curve = sketches[trial]
        return state
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        sketches[trial.id] = trial.policy.curve
        var plain = trial
        plain.policy.curve = nil
        book.restore(plain, slots: slots)
        let rungs = trial.policy.rungs
        for count in rungs.indices {
            guard let index = book.ladder.index(ofMilestone: rungs[count].milestone) else { continue }
            curves.milestone(index, Array(rungs[0...count]))
        }
        if trial.state == .completed { noteEnd(of: trial.id) }
    }
}
