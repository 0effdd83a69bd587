import HyperSchedProtocol
import Scheduler
import Simulator

/// The curves of a recorded sweep, as rows of equal numbers of steps, and the speeds seen in it.
struct RecordedCurves {
    /// A row of a trial's live line.
    struct Row {
        let objective: Double
        /// Seconds that its steps took, on `slots` slots.
        let seconds: Double
        let slots: Int
    }

    enum Ending { case complete, held, fitted }

    let stepsPerRow: Int
    private let spec: SweepSpec
    private let rowsByTrial: [TrialID: [Row]]
    private let setups: [Double]
    /// Median over the trials that ran on several sizes; nil: none did. Between sizes that were seen it is linear.
    let scaling: ThroughputModel?
    /// Sizes that trials ran on, ascending.
    let sizes: [Int]

    init(spec: SweepSpec, attempts: [AttemptRecord], trials: [RecordedSweep.Trial]) {
        self.spec = spec
        let slots = Dictionary(
            attempts.map { ($0.attempt, $0.slots.count) }, uniquingKeysWith: { first, _ in first })
        let gaps = trials.flatMap { trial in
            let live = trial.curve.filter { !$0.stale }
            return zip(live, live.dropFirst()).filter { $0.attempt == $1.attempt }.map { $1.step - $0.step }
        }.filter { $0 > 0 }.sorted()
        stepsPerRow =
            gaps.isEmpty ? max(1, trials.compactMap { $0.curve.first?.step }.min() ?? 1) : gaps[gaps.count / 2]
        var rows: [TrialID: [Row]] = [:]
        var setups: [Double] = []
        for trial in trials {
            var line = LiveLine(stepsPerRow: stepsPerRow, metric: spec.metric.name)
            for point in trial.curve where !point.stale {
                line.add(point, slots: slots[AttemptID(trial: trial.id, number: point.attempt)] ?? spec.slots.min)
            }
            rows[trial.id] = line.rows
            setups += line.setups
        }
        rowsByTrial = rows
        self.setups = setups.sorted()
        sizes = Set(rows.values.flatMap { $0.map(\.slots) }).sorted()
        scaling = Self.scaling(rows.keys.sorted().map { rows[$0]! }, base: sizes.first ?? 1)
    }

    func rows(of trial: TrialID) -> [Row] { rowsByTrial[trial] ?? [] }

    /// Median seconds from the start of a process to its first step.
    var startupSeconds: Double { setups.isEmpty ? 0 : setups[setups.count / 2] }

    private static func scaling(_ trials: [[Row]], base: Int) -> ThroughputModel? {
        var ratios: [Int: [Double]] = [:]
        for rows in trials {
            let bySize = Dictionary(grouping: rows, by: \.slots).mapValues { median($0.map(\.seconds)) }
            guard let slow = bySize[base] else { continue }
            for (size, seconds) in bySize where size != base && seconds > 0 {
                ratios[size, default: []].append(slow / seconds)
            }
        }
        guard !ratios.isEmpty else { return nil }
        let points = ratios.keys.sorted().map { ScalingPoint(slots: $0, speed: median(ratios[$0]!)) }
        return ThroughputModel(points: [ScalingPoint(slots: base, speed: 1)] + points)
    }

    /// The trial's run on one slot, gone on with to `last` rows where it was cut off.
    func run(of trial: RecordedSweep.Trial, to last: Int, _ method: CurveExtension) -> (SimulatedTrial, Ending) {
        let rows = rows(of: trial.id)
        let model = scaling ?? .linear
        var objective = rows.map(\.objective)
        var seconds = rows.map { max(1e-3, $0.seconds * model.speed(slots: $0.slots)) }
        switch trial.state {
        case .diverged:
            if objective.last?.isFinite ?? true {
                objective.append(.nan)
                seconds.append(seconds.last ?? 1)
            }
            return (SimulatedTrial(objective: objective, stepSeconds: seconds), .complete)
        case .failed, .noMetric:
            return (SimulatedTrial(objective: objective, stepSeconds: seconds, fails: true), .complete)
        case .completed: return (SimulatedTrial(objective: objective, stepSeconds: seconds), .complete)
        case .waiting, .running, .paused, .pruned, .cancelled: break
        }
        guard objective.count < last, objective.allSatisfy(\.isFinite) else {
            return (SimulatedTrial(objective: objective, stepSeconds: seconds), .complete)
        }
        let more = method.values(after: objective, to: last, goal: spec.metric.goal)
        seconds += Array(repeating: Self.median(seconds), count: more.values.count)
        let run = SimulatedTrial(objective: objective + more.values, stepSeconds: seconds)
        return (run, more.isFitted ? .fitted : .held)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 1 : sorted[sorted.count / 2]
    }
}

/// Puts the reports of a trial's attempts together: an attempt goes on from a checkpoint, so it may repeat steps.
private struct LiveLine {
    let stepsPerRow: Int
    let metric: String
    private(set) var rows: [RecordedCurves.Row] = []
    private(set) var setups: [Double] = []
    private var last: CurvePoint?

    init(stepsPerRow: Int, metric: String) {
        self.stepsPerRow = stepsPerRow
        self.metric = metric
    }

    mutating func add(_ point: CurvePoint, slots: Int) {
        guard let objective = point.metrics[metric]?.number else { return }
        let place = max(0, Int((Double(point.step) / Double(stepsPerRow)).rounded()) - 1)
        defer { last = point }
        let seconds = seconds(of: point)
        rows.removeLast(max(0, rows.count - place))
        // Rows that no report fell into: the value of before, the time shared out.
        let count = place - rows.count + 1
        let row = RecordedCurves.Row(objective: objective, seconds: seconds / Double(count), slots: slots)
        while rows.count < place {
            rows.append(.init(objective: rows.last?.objective ?? objective, seconds: row.seconds, slots: slots))
        }
        rows.append(row)
    }

    /// Since the report before of the same attempt; for the first one since the end of its set-up.
    private mutating func seconds(of point: CurvePoint) -> Double {
        if let last, last.attempt == point.attempt { return max(0, point.elapsedSeconds - last.elapsedSeconds) }
        guard let setup = point.setupSeconds else {
            // Unknown: the usual time of a row, if one is known, else all of it.
            return rows.isEmpty ? point.elapsedSeconds : RecordedCurves.median(rows.map(\.seconds))
        }
        setups.append(setup)
        return max(0, point.elapsedSeconds - setup)
    }
}
