public import HyperSchedProtocol

/// The median stopping rule (Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017): at
/// evenly spaced steps a trial whose best objective so far is strictly worse than the median over other trials ends.
/// Trials start first in, first out, and hold `slots.min` slots.
public struct MedianPolicy: SchedulingPolicy {
    private let options: MedianOptions
    private let metric: Metric
    private let points: JudgementPoints
    /// The statistics of the trials that count, at each point of judgement.
    private var columns: [OrderStatistics]
    private var sketches: TreeMap<TrialID, MedianSketch> = [:]
    /// Trials that ran at some time.
    private var started: SortedList<TrialID> = []
    /// Resumed although they are worse, as nothing else could use the slots: they are judged no more.
    private var fillers: SortedList<TrialID> = []
    /// Trials that the rule has paused, worst first.
    private var paused: SortedList<RungEntry> = []

    public init(spec: SweepSpec, options: MedianOptions) {
        self.options = options
        metric = spec.metric
        points = options.points(spec.steps)
        columns = Array(repeating: OrderStatistics(), count: points.count)
    }

    public mutating func observe(_ timing: ReportTiming) {}

    // MARK: Reports

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        var sketch = sketches[report.trial] ?? MedianSketch()
        // After a restart a trial repeats steps: what was counted once does not count again.
        guard report.step > sketch.step else { return .proceed }
        let before = sketch.points.count
        let old = sketch.best
        sketch.add(report, options.statistic, points)
        sketches[report.trial] = sketch
        defer { if options.peers == .reached { count(sketch, from: before) } }
        // A report that was on its way when the trial was told to pause.
        if sketch.paused { return moveInRanking(report.trial, from: old, to: sketch.best) }
        guard report.step < view.steps.max, sketch.points.count > before, !fillers.contains(report.trial) else {
            return .proceed
        }
        return judge(report, sketch, at: sketch.points.count - 1)
    }

    /// The trial's own statistic is not among those that it is compared with: it is added afterwards.
    private mutating func judge(_ report: PolicyReport, _ sketch: MedianSketch, at point: Int) -> Verdict {
        let column = columns[point]
        guard column.sorted.count >= max(1, options.minTrials), let median = column.median else { return .proceed }
        let best = sketch.best ?? Rung.worstScore
        guard median.isBelow(best) else { return .proceed }
        let pauses = options.action == .pause
        let reason = reason(best, median, column.sorted.count, at: points[point], pauses ? "paused" : "pruned")
        guard pauses else { return .prune(reason) }
        pause(report.trial)
        return .pause(reason)
    }

    private func reason(_ best: Double, _ median: RungCutoff, _ count: Int, at step: Int, _ verb: String) -> Reason {
        let what =
            switch options.statistic {
            case .average: "averages"
            case .best: "best objectives"
            case .value: "objectives"
            }
        let text =
            "\(verb) at step \(step): its best \(metric.text(ofScore: best)) is \(metric.worse) "
            + "\(metric.text(ofScore: median.value)), the median of the \(what) of \(count) other "
            + (count == 1 ? "trial there" : "trials there")
        return Reason(
            .median, text,
            numbers: [
                "step": Double(step), "value": metric.number(ofScore: best),
                "median": metric.number(ofScore: median.value), "trials": Double(count),
            ])
    }

    private mutating func count(_ sketch: MedianSketch, from first: Int) {
        for point in first..<max(first, sketch.points.count) {
            if let value = sketch.points[point] { columns[point].insert(value) }
        }
    }

    // MARK: Slots

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict { .keep }

    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if let trial = view.waiting.first(where: { started.contains($0) && sketches[$0]?.paused != true }) {
            return .start(trial, slots: view.minSlots, view.interrupted)
        }
        let reason = Reason(
            .newTrial, "\(view.minSlots) slots are free", numbers: ["slots": Double(view.minSlots)])
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, reason) }
        if view.canCreate { return .startNew(slots: view.minSlots, reason) }
        for entry in paused.reversed() where view.isPaused(entry.trial) {
            let text =
                "resumed with \(metric.text(ofScore: entry.score)), the best of the paused ones: nothing else can use "
                + "the slots"
            let numbers = ["value": metric.number(ofScore: entry.score)]
            return .start(entry.trial, slots: view.minSlots, Reason(.rungFill, text, numbers: numbers))
        }
        return .nothing(view.exhausted)
    }

    // MARK: Life of a trial

    private mutating func moveInRanking(_ trial: TrialID, from old: Double?, to new: Double?) -> Verdict {
        paused.remove(RungEntry(score: old ?? Rung.worstScore, trial: trial))
        paused.insert(RungEntry(score: new ?? Rung.worstScore, trial: trial))
        return .proceed
    }

    private mutating func pause(_ trial: TrialID) {
        sketches[trial]!.paused = true
        paused.insert(RungEntry(score: sketches[trial]!.best ?? Rung.worstScore, trial: trial))
    }

    private mutating func unpause(_ trial: TrialID) {
        guard let sketch = sketches[trial], sketch.paused else { return }
        paused.remove(RungEntry(score: sketch.best ?? Rung.worstScore, trial: trial))
        sketches[trial]!.paused = false
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        if !started.contains(trial) { started.insert(trial) }
        if sketches[trial]?.paused == true, !fillers.contains(trial) { fillers.insert(trial) }
        unpause(trial)
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        if state.isTerminal { unpause(trial) }
        guard state == .completed, options.peers == .completed, let sketch = sketches[trial] else { return }
        count(sketch, from: 0)
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        var state = PolicyTrialState()
        state.median = sketches[trial]
        state.isFiller = fillers.contains(trial)
        return state
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        if trial.attempt > 0 { started.insert(trial.id) }
        if trial.policy.isFiller { fillers.insert(trial.id) }
        guard let sketch = trial.policy.median else { return }
        sketches[trial.id] = sketch
        if sketch.paused {
            paused.insert(RungEntry(score: sketch.best ?? Rung.worstScore, trial: trial.id))
        }
        if options.peers == .reached || trial.state == .completed { count(sketch, from: 0) }
    }
}

extension OrderStatistics {
    /// The middle number, or the mean of the two middle ones, with what rounding may have done to it.
    fileprivate var median: RungCutoff? {
        guard let value = quantile(1, over: 2) else { return nil }
        return RungCutoff(value: value, tolerance: 4 * value.magnitude.ulp)
    }
}

extension MedianSketch {
    /// Takes in a report of a step that is new. Points of judgement that it jumps over get what was known before it.
    mutating func add(_ report: PolicyReport, _ statistic: MedianOptions.Statistic, _ points: JudgementPoints) {
        let passed = points.passed(by: report.step)
        while self.points.count < passed && points[self.points.count] < report.step {
            self.points.append(statistic == .value ? nil : value(of: statistic))
        }
        step = report.step
        let isNumber = report.score > Rung.worstScore
        if isNumber {
            best = max(best ?? report.score, report.score)
            if report.step >= points.first {
                sum += report.score
                count += 1
            }
        }
        guard self.points.count < passed else { return }
        self.points.append(statistic == .value ? (isNumber ? report.score : nil) : value(of: statistic))
    }

    private func value(of statistic: MedianOptions.Statistic) -> Double? {
        statistic == .best ? best : count > 0 ? sum / Double(count) : nil
    }
}
