import Foundation
import HyperSchedProtocol

@testable import Scheduler

/// Sequences of reports and what other implementations decided on them, as `Agreement/references.py` writes them.
struct AgreementFile: Decodable {
    struct Sequence: Decodable {
        struct Report: Decodable {
            let trial: Int
            let step: Int
            let value: Double

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                trial = try container.decode(Int.self)
                step = try container.decode(Int.self)
                value = try container.decode(Double.self)
            }
        }

        let kind: String
        let mode: String
        let r: Int
        let R: Int
        let eta: Int
        let trials: Int
        let reports: [Report]
        /// By the name of the reference; a letter for each report.
        let decisions: [String: String]
        /// Hyperband: of each trial.
        let brackets: [Int]?
        /// Optuna's sizes of the brackets.
        let weights: [Int]?
        let grace: Int?
        let interval: Int?
        let minTrials: Int?
        let population: Int?
        let quantile: Double?
        /// PBT: the best ones whenever a trial is replaced.
        let upper: [[Int]]?

        var goal: Metric.Goal { mode == "max" ? .maximize : .minimize }

        func spec(_ policy: PolicySpec, from first: Int? = nil) -> SweepSpec {
            Fixture.spec(policy, steps: (first ?? r)...R, goal: goal)
        }
    }

    let versions: [String: String]
    let sequences: [Sequence]

    /// `HYPERSCHED_AGREEMENT` names a file that scripts/agreement has just made; else it is the recorded one.
    static func load() throws -> AgreementFile {
        let recorded = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Agreement/recorded.json")
        let named = ProcessInfo.processInfo.environment["HYPERSCHED_AGREEMENT"].map { URL(filePath: $0) }
        return try JSONDecoder().decode(AgreementFile.self, from: Data(contentsOf: named ?? recorded))
    }

    func sequences(_ kind: String) -> [Sequence] { sequences.filter { $0.kind == kind } }
}

/// A policy that is told the reports of a sequence, whatever it answers.
struct AgreementRun {
    let sequence: AgreementFile.Sequence
    let spec: SweepSpec
    var policy: AnyPolicy

    init(_ sequence: AgreementFile.Sequence, _ policy: PolicySpec, from first: Int? = nil) {
        self.sequence = sequence
        spec = sequence.spec(policy, from: first)
        self.policy = AnyPolicy(spec)
        for (trial, index) in Self.indices(sequence, spec).enumerated() {
            var record = Fixture.trial(Int64(trial + 1), attempt: 0)
            record = TrialRecord(
                id: record.id, sweep: record.sweep, index: index, configuration: Configuration([]), seed: 0,
                createdAt: record.createdAt)
            self.policy.onCreated(record)
            self.policy.onStarted(record.id, slots: 1)
        }
    }

    /// Indices whose brackets are those of the sequence: the draw is ours, the brackets are given.
    private static func indices(_ sequence: AgreementFile.Sequence, _ spec: SweepSpec) -> [Int] {
        guard let wanted = sequence.brackets, case .hyperband(let options) = spec.policy else {
            return Array(0..<sequence.trials)
        }
        let plan = HyperbandBrackets(
            steps: spec.steps, reductionFactor: options.reductionFactor, limit: options.brackets)
        var next = plan.weights.map { _ in 0 }
        return wanted.map { bracket in
            while plan.bracket(ofTrial: next[bracket], seed: spec.seed) != bracket { next[bracket] += 1 }
            defer { next[bracket] += 1 }
            return next[bracket]
        }
    }

    mutating func decide(_ report: AgreementFile.Sequence.Report) -> Verdict {
        let id = Int64(report.trial + 1)
        let verdict = policy.onReport(
            Fixture.report(id, step: report.step, spec.metric.score(of: report.value)), of: Fixture.trial(id),
            in: Fixture.view(spec, capacity: sequence.trials, running: [Fixture.running(id)], canCreate: true))
        if report.step >= sequence.R { policy.onEnded(TrialID(id), state: .completed) }
        return verdict
    }
}

/// Who stands where at a rung when a trial gets there: counted anew for each report, without any of the policy's code.
struct RungModel {
    private let sequence: AgreementFile.Sequence
    private var scores: [String: [(trial: Int, score: Double)]] = [:]

    /// What matters of the highest rung that a report is the first of its trial to reach.
    struct Place {
        /// Trials there, this one counted.
        let count: Int
        /// How many are strictly better.
        let better: Int
        /// How many older ones are equal.
        let olderEqual: Int
        /// The others' scores, best first.
        let others: [Double]
        let score: Double
    }

    init(_ sequence: AgreementFile.Sequence) { self.sequence = sequence }

    mutating func place(of report: AgreementFile.Sequence.Report) -> Place? {
        guard report.step < sequence.R else { return nil }
        let bracket = sequence.brackets?[report.trial] ?? 0
        var milestone = sequence.r
        for _ in 0..<bracket { milestone *= sequence.eta }
        guard milestone <= report.step else { return nil }
        while milestone * sequence.eta <= report.step { milestone *= sequence.eta }
        let key = "\(bracket)/\(milestone)"
        let there = scores[key] ?? []
        guard !there.contains(where: { $0.trial == report.trial }) else { return nil }
        let score = sequence.mode == "max" ? report.value : -report.value
        scores[key] = there + [(report.trial, score)]
        return Place(
            count: there.count + 1, better: there.filter { $0.score > score }.count,
            olderEqual: there.filter { $0.score == score && $0.trial < report.trial }.count,
            others: there.map(\.score).sorted(by: >), score: score)
    }
}
