import HyperSchedProtocol
import TerminalView

/// A sweep half way through, as the daemon would describe it.
enum SampleSweep {
    static let start = Timestamp(milliseconds: 1_795_500_000_000)
    static let deadline = start.advanced(bySeconds: 600)

    static let spec = SweepSpec(
        name: "fashion-nbdt", program: .workload("nbdt"), method: .random,
        metric: Metric(name: "val_soft_accuracy", goal: .maximize, target: 0.95),
        parameters: [
            Parameter(name: "lr", domain: .logUniform(min: 0.001, max: 0.3)),
            Parameter(
                name: "hierarchy",
                domain: .categorical(values: [.string("induced"), .string("random")], probabilities: nil)),
            Parameter(name: "batch_size", domain: .constant(.int(64))),
        ],
        deadline: deadline, policy: .hypersched(HyperSchedOptions()), steps: StepRange(unit: "epoch", min: 1, max: 16))

    static func trial(
        _ rank: Int, _ id: Int64, _ state: TrialState, _ objective: Double?, step: Int, slots: Int, lr: Double
    ) -> RankedTrial {
        RankedTrial(
            rank: rank, trial: TrialID(id), state: state, objective: objective,
            objectiveStep: objective == nil ? nil : step,
            lastStep: step, slots: slots, attempt: 1,
            configuration: Configuration([
                ("lr", .real(lr)), ("hierarchy", .string("induced")), ("batch_size", .int(64)),
            ]), reason: nil, bestCheckpoint: nil)
    }

    static let ranking = [
        trial(1, 3, .running, 0.91234567, step: 16, slots: 4, lr: 0.0123456),
        trial(2, 1, .paused, 0.85, step: 4, slots: 0, lr: 0.1),
        trial(3, 2, .pruned, 0.5, step: 1, slots: 0, lr: 0.3),
        trial(4, 4, .running, nil, step: 0, slots: 1, lr: 0.002),
    ]

    static func summary(
        state: SweepState = .running, timeLeft: Double = 300, endedAt: Timestamp? = nil, warnings: [String] = [],
        best: RankedTrial? = ranking[0]
    ) -> SweepSummary {
        SweepSummary(
            id: SweepID(12), name: spec.name, state: state, stateReason: nil, spec: spec, createdAt: start,
            endedAt: endedAt,
            timeLeftSeconds: timeLeft, trials: ["running": 2, "paused": 1, "pruned": 1], slotsHeld: 5, slotsUsable: 8,
            warnings: warnings, best: best)
    }

    /// The same, with forecasts for those that go on.
    static let foretoldRanking = ranking.map { trial in
        var trial = trial
        if trial.trial == TrialID(3) {
            trial.forecast = TrialForecast(
                range: ForecastRange(expected: 0.9321, low: 0.9152, high: 0.9509), slots: 4, reachesTarget: 0.114,
                fewerSlots: -0.00321, moreSlots: 0.0012)
        } else if trial.trial == TrialID(1) {
            trial.forecast = TrialForecast(
                range: ForecastRange(expected: 0.87, low: 0.85, high: 0.9), slots: 1, reachesTarget: 0.0001,
                moreSlots: 0)
        }
        return trial
    }

    static let forecast = SweepForecast(
        range: ForecastRange(expected: 0.9388, low: 0.9205, high: 0.9544), reachesTarget: 0.2249)

    static func record(
        _ percent: Int, _ low: Double, _ expected: Double, _ high: Double, p: Double?,
        occasion: ForecastRecord.Occasion = .share
    ) -> ForecastRecord {
        ForecastRecord(
            sweep: SweepID(12), at: start.advanced(bySeconds: 6 * Double(percent)), deadline: deadline,
            occasion: occasion, percent: percent,
            forecast: SweepForecast(
                range: ForecastRange(expected: expected, low: low, high: high), reachesTarget: p),
            target: p == nil ? nil : 0.95, ladder: [], best: 0.8)
    }

    static let records = [
        ForecastRecord(
            sweep: SweepID(12), at: start, deadline: deadline, occasion: .share, percent: 10,
            forecast: SweepForecast(missing: "no trial has reported twice yet"), target: 0.95, ladder: [], best: 0.5),
        record(25, 0.88, 0.93, 0.951, p: 0.11), record(50, 0.9205, 0.9388, 0.9544, p: 0.2249),
    ]

    static func curve(_ values: [(Int, Double)], stale: Bool = false) -> [CurvePoint] {
        values.enumerated().map { index, point in
            CurvePoint(
                attempt: 1, sequence: Int64(index + 1), step: point.0,
                metrics: ["val_soft_accuracy": MetricValue(point.1), "train_loss": 1.0],
                elapsedSeconds: Double(index), at: start, stale: stale, late: false)
        }
    }

    static let curves: [TrialID: [CurvePoint]] = [
        TrialID(3): curve((1...16).map { ($0, 0.5 + 0.412 * Double($0) / 16) }) + curve([(8, 0)], stale: true),
        TrialID(1): curve([(1, 0.6), (2, .nan), (3, 0.8), (4, 0.85)]),
        TrialID(2): curve([(1, 0.5)]),
    ]

    static let decisions = [
        decision(0, 1, .start, "first", rule: "admission"),
        decision(61, 2, .prune, "0.5 is below 0.6, the cut-off at epoch 1", rule: "rung_cutoff", rivals: [3, 1]),
        decision(125.5, 3, .resize, "4 slots do 1.9 times the work by the deadline", rule: "resize_gain"),
        decision(4000, nil, .closeAdmission, "no new trial can catch up", rule: "admission"),
    ]

    static func decision(
        _ seconds: Double, _ trial: Int64?, _ kind: DecisionKind, _ text: String, rule: String, rivals: [Int64] = []
    ) -> Decision {
        Decision(
            at: start.advanced(bySeconds: seconds), sweep: SweepID(12), trial: trial.map(TrialID.init(_:)), kind: kind,
            reason: Reason(
                rule: rule, text: text, numbers: rivals.isEmpty ? [:] : ["cutoff": 0.6, "score": 0.5],
                rivals: rivals.map(TrialID.init(_:))))
    }

    static func attempt(
        _ trial: Int64, _ number: Int, slots: Int, from: Double, to: Double?, outcome: AttemptOutcome? = nil
    ) -> AttemptRecord {
        AttemptRecord(
            attempt: AttemptID(trial: TrialID(trial), number: number), agent: AgentID("n1"), slots: Array(0..<slots),
            startedAt: start.advanced(bySeconds: from), endedAt: to.map { start.advanced(bySeconds: $0) },
            outcome: outcome)
    }

    static let attempts = [
        attempt(1, 1, slots: 1, from: 0, to: 120), attempt(2, 1, slots: 1, from: 0, to: 60),
        attempt(3, 1, slots: 1, from: 60, to: 125), attempt(3, 2, slots: 4, from: 130, to: nil),
        attempt(4, 1, slots: 12, from: 200, to: 201),
    ]

    static func snapshot(_ summary: SweepSummary = summary()) -> SweepSnapshot {
        SweepSnapshot(sweep: summary, ranking: ranking, curves: curves, decisions: decisions)
    }
}

/// Lines as they look without colours.
func plain(_ lines: [StyledLine]) -> String {
    lines.map { line in
        var text = line.text(colours: false)
        while text.last == " " { text.removeLast() }
        return text
    }.joined(separator: "\n")
}
