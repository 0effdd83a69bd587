import Foundation
import HyperSchedProtocol
import Scheduler

@testable import TrialStore

/// Rows to fill a database with.
enum Samples {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    static func spec(goal: Metric.Goal = .maximize) -> SweepSpec {
        SweepSpec(
            name: "sample", program: .command(["train"]), method: .random, metric: Metric(name: "acc", goal: goal),
            parameters: [Parameter(name: "lr", domain: .uniform(min: 0, max: 1))],
            deadline: start.advanced(bySeconds: 3600), policy: .asha(ASHAOptions()), steps: StepRange(min: 1, max: 9),
            seed: .max)
    }

    static func sweep(_ id: Int64 = 1, goal: Metric.Goal = .maximize) -> SweepRecord {
        SweepRecord(id: SweepID(id), spec: spec(goal: goal), createdAt: start)
    }

    static func trial(_ id: Int64 = 1, sweep: Int64 = 1, index: Int? = nil) -> TrialRecord {
        TrialRecord(
            id: TrialID(id), sweep: SweepID(sweep), index: index ?? Int(id) - 1,
            configuration: HyperSchedProtocol.Configuration([(name: "lr", value: .real(0.5))]), seed: .max - 1,
            createdAt: start)
    }

    /// A trial in which no field has its default.
    /// - Parameter lineage: nil in the golden databases, which are older than it and than proposals from outside.
    static func fullTrial(
        _ id: Int64 = 1, lineage: Lineage? = Lineage(parent: TrialID(5), parentStep: 2, replaces: TrialID(6))
    ) -> TrialRecord {
        let values: [(name: String, value: ParameterValue)] = [
            ("batch", .int(64)), ("flag", .bool(true)), ("kind", .string("2.0")), ("lr", .real(0.1)),
            ("momentum", .real(2)), ("negative", .real(-3)),
        ]
        var trial = TrialRecord(
            id: TrialID(id), sweep: SweepID(1), index: 7, configuration: HyperSchedProtocol.Configuration(values),
            seed: 12_345_678_901_234_567_890, createdAt: start)
        (trial.state, trial.stateReason, trial.attempt, trial.failures) = (.paused, "rung", 3, 1)
        (trial.lastStep, trial.bestScore, trial.bestStep, trial.lastScore) = (4, 0.1 + 0.2, 3, -.infinity)
        (trial.lastSequence, trial.scoredReports, trial.unscoredReports) = (9, 8, 7)
        (trial.lastElapsed, trial.trainedSeconds, trial.wallSeconds) = (1.5, 2.5, 3.5)
        (trial.metricNames, trial.attemptStartStep) = (["acc", "loss"], 2)
        trial.latestCheckpoint = checkpoint("a", step: 4)
        trial.bestCheckpoint = checkpoint("b", step: 3, objective: MetricValue(0.3))
        trial.lineage = lineage
        if lineage != nil { (trial.proposalKey, trial.observation) = ("key", 7) }
        trial.policy.rungs = [.init(milestone: 1, score: -.infinity, paused: true)]
        (trial.policy.cooldown, trial.policy.pausedSlots, trial.policy.isFiller) = (-1, 2, true)
        return trial
    }

    static func checkpoint(_ digit: String, step: Int, objective: MetricValue? = nil) -> CheckpointInfo {
        CheckpointInfo(
            sha256: String(repeating: digit, count: 64), size: 10, step: step,
            attempt: AttemptID(trial: TrialID(1), number: 1), objective: objective)
    }

    static func agent(_ name: String = "node") -> AgentRecord {
        AgentRecord(
            id: AgentID(name), session: "s", slots: (0..<4).map { Slot(index: $0, kind: .cpu) }, labels: ["zone": "a"],
            version: "1", lastSync: start)
    }

    static func lease(trial: Int64 = 1, attempt: Int = 1, agent: String = "node", slots: [Int]) -> LeaseRecord {
        LeaseRecord(
            attempt: AttemptID(trial: TrialID(trial), number: attempt), sweep: SweepID(1), agent: AgentID(agent),
            slots: slots, startedAt: start, resumeFrom: nil, assignedVersion: 2)
    }

    static func report(
        trial: Int64 = 1, attempt: Int = 1, sequence: Int64, step: Int = 1, score: Double = 0.5, stale: Bool = false,
        at: Timestamp = start
    ) -> StoredReport {
        let id = AttemptID(trial: TrialID(trial), number: attempt)
        let report = TrialReport(
            attempt: id, sequence: sequence, step: step, metrics: ["acc": MetricValue(score)], elapsedSeconds: 1.25)
        let timing = ReportTiming(
            trial: id.trial, iterationSeconds: 1.25, iterationSteps: 1, setupSeconds: nil, slots: 2)
        return StoredReport(report: report, at: at, stale: stale, late: false, timing: stale ? nil : timing)
    }

    static func decision(_ text: String, trial: Int64? = 1) -> Decision {
        Decision(
            at: start, sweep: SweepID(1), trial: trial.map { TrialID($0) }, kind: .start,
            reason: Reason(rule: "rule", text: text, numbers: ["n": MetricValue(.nan)], rivals: [TrialID(9)]))
    }

    /// A forecast of a sweep without a target.
    static func forecast(_ sweep: Int64 = 1, percent: Int = 50) -> ForecastRecord {
        ForecastRecord(
            sweep: SweepID(sweep), at: start.advanced(bySeconds: 36 * Double(percent)),
            deadline: spec().deadline, occasion: .share, percent: percent,
            forecast: SweepForecast(
                range: ForecastRange(expected: 0.1 + 0.2, low: 0.25, high: 1.0 / 3), reachesTarget: nil), target: nil,
            ladder: [.init(value: 0.25, probability: 0.9), .init(value: 0.3, probability: 0.5)], best: 0.25)
    }

    /// One with a target.
    static func forecastOfTarget(_ sweep: Int64 = 1) -> ForecastRecord {
        var record = forecast(sweep, percent: 75)
        (record.target, record.ladder, record.forecast.reachesTarget) = (0.9, [], 0.125)
        return record
    }

    /// A moment at which there was nothing to go by.
    static func missingForecast(_ sweep: Int64 = 1) -> ForecastRecord {
        var record = forecast(sweep, percent: 10)
        (record.forecast, record.ladder, record.best) = (SweepForecast(missing: "no trial runs yet"), [], nil)
        record.occasion = .extended
        return record
    }

    static func outcome(
        _ sweep: Int64 = 1, seconds: Double = 3600, state: SweepState = .deadlineReached, best: Double? = 0.3
    ) -> SweepOutcome {
        SweepOutcome(
            sweep: SweepID(sweep), deadline: start.advanced(bySeconds: seconds), endedAt: spec().deadline, state: state,
            best: best)
    }

    /// A sweep with one running trial.
    static var running: ClusterChanges {
        var changes = ClusterChanges()
        var trial = trial()
        (trial.state, trial.attempt) = (.running, 1)
        changes.sweeps = [sweep()]
        changes.trials = [trial]
        changes.agents = [agent()]
        changes.leases = [lease(slots: [0, 1])]
        return changes
    }
}

/// A directory that is gone with the value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "hypersched-\(UInt64.random(in: 0 ... .max))"
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func database(_ name: String = "test.sqlite") throws(StoreError) -> TrialStoreDatabase {
        try TrialStoreDatabase(path: path + "/" + name)
    }
}
