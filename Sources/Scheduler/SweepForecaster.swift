internal import HyperSchedProtocol
internal import RealModule

/// Learns from a sweep's reports how its curves go on, how fast trials are on so many slots and what a start costs.
/// It lives beside any policy; the deadline policy decides by it.
struct SweepForecaster: Equatable, Sendable {
    let metric: Metric
    let steps: StepRange
    let minSlots: Int
    /// r·2^i below R.
    let milestones: [Int]
    var curves: ForecastCurves
    var speed: ForecastSpeed
    /// Best scores at each milestone.
    private(set) var scores: [OrderStatistics]
    /// Best score of any trial; nil: none yet.
    private(set) var best: Double?
    /// For look-up only, never iterated.
    private(set) var sketches: TreeMap<TrialID, CurveSketch> = [:]

    init(spec: SweepSpec, options: DeadlineOptions = DeadlineOptions()) {
        metric = spec.metric
        steps = spec.steps
        minSlots = spec.slots.min
        milestones = RungLadder.milestones(steps: spec.steps, reductionFactor: 2)
        scores = milestones.map { _ in OrderStatistics() }
        curves = ForecastCurves(extrapolates: options.extrapolates)
        speed = ForecastSpeed(
            minSlots: spec.slots.min, scaling: options.scaling, isTimed: spec.steps.isTimed)
    }

    func sketch(of trial: TrialID) -> CurveSketch? { sketches[trial] }

    // MARK: What happened

    mutating func observe(_ timing: ReportTiming) { speed.observe(timing) }

    /// - Returns: index of the highest milestone that this report is the first to reach.
    mutating func record(_ report: PolicyReport) -> Int? {
        var sketch = sketches[report.trial] ?? CurveSketch()
        sketch.step = report.step
        sketch.sinceStart += report.iterationSeconds
        if report.score > Rung.worstScore { sketch.best = max(sketch.best ?? report.score, report.score) }
        note(sketch)
        var crossed: Int?
        var next = (sketch.marks.last?.index ?? -1) + 1
        while next < milestones.count, milestones[next] <= report.step {
            sketch.marks.append(CurveSketch.Mark(index: next, best: sketch.best ?? Rung.worstScore))
            learn(sketch.marks)
            crossed = next
            next += 1
        }
        sketches[report.trial] = sketch
        return crossed
    }

    private mutating func note(_ sketch: CurveSketch) {
        if let score = sketch.best { best = max(best ?? score, score) }
    }

    /// The last of the marks is new.
    private mutating func learn(_ marks: [CurveSketch.Mark]) {
        let mark = marks[marks.count - 1]
        guard mark.index < milestones.count else { return }
        if mark.best > Rung.worstScore { scores[mark.index].insert(mark.best) }
        curves.milestone(mark.index, marks)
    }

    mutating func started(_ trial: TrialID) { sketches[trial, default: CurveSketch()].sinceStart = 0 }

    mutating func ended(_ trial: TrialID, state: TrialState) {
        guard state == .completed, let sketch = sketches[trial], sketch.step < steps.max,
            let index = milestones.lastIndex(where: { $0 <= sketch.step })
        else { return }
        curves.programEnded(after: index)
    }

    mutating func restore(_ trial: TrialRecord) {
        guard trial.attempt > 0 else { return }
        let sketch = trial.policy.curve ?? CurveSketch()
        sketches[trial.id] = sketch
        note(sketch)
        for count in sketch.marks.indices { learn(Array(sketch.marks[0...count])) }
        ended(trial.id, state: trial.state)
    }
}
