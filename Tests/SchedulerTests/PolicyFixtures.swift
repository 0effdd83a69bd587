import HyperSchedProtocol

@testable import Scheduler

/// Short ways to say what the policy tests need: a sweep, a view, a report.
enum Fixture {
    static let start = Timestamp(milliseconds: 1_000_000_000_000)

    static func at(_ seconds: Double) -> Timestamp { start.advanced(bySeconds: seconds) }

    static func spec(
        _ policy: PolicySpec, steps: ClosedRange<Int> = 1...100, goal: Metric.Goal = .maximize, slots: Int = 1,
        maxSlots: Int? = nil, deadline: Double = 3600, seed: UInt64 = 7,
        parameters: [Parameter] = [Parameter(name: "lr", domain: .uniform(min: 0, max: 1))],
        method: SearchMethod = .random
    ) -> SweepSpec {
        SweepSpec(
            name: "test", program: .workload("nbdt"), method: method, metric: Metric(name: "score", goal: goal),
            parameters: parameters, deadline: at(deadline), policy: policy,
            steps: StepRange(min: steps.lowerBound, max: steps.upperBound),
            slots: SlotRequest(min: slots, max: maxSlots), seed: seed)
    }

    static func running(_ id: Int64, slots: Int = 1, score: Double? = nil, checkpoint: Bool = true) -> RunningTrial {
        RunningTrial(trial: TrialID(id), slots: slots, lastScore: score, hasCheckpoint: checkpoint)
    }

    /// A view of one agent with `capacity` slots.
    static func view(
        _ spec: SweepSpec, elapsed: Double = 0, capacity: Int = 8, running: [RunningTrial] = [],
        waiting: [Int64] = [], paused: [Int64] = [], canCreate: Bool = false, free: Int? = nil
    ) -> SweepView {
        let free = free ?? max(0, capacity - running.reduce(0) { $0 + $1.slots })
        return SweepView(
            now: at(elapsed), startedAt: start, deadline: spec.deadline, steps: spec.steps, minSlots: spec.slots.min,
            maxSlots: min(spec.slots.max ?? capacity, capacity), capacity: capacity, largestFree: free, totalFree: free,
            freeBeside: free, running: RunningTrials(running), waiting: SortedList(waiting.map { TrialID($0) }),
            paused: SortedList(paused.map { TrialID($0) }), canCreate: canCreate, seed: spec.seed)
    }

    static func report(_ id: Int64, step: Int, _ score: Double, seconds: Double = 1, slots: Int = 1) -> PolicyReport {
        PolicyReport(
            trial: TrialID(id), step: step, score: score, iterationSeconds: seconds, iterationSteps: 1,
            trainedSeconds: Double(step) * seconds, setupSeconds: nil, slots: slots)
    }

    static func trial(_ id: Int64, attempt: Int = 1, scoredReports: Int = 0) -> TrialRecord {
        var trial = TrialRecord(
            id: TrialID(id), sweep: SweepID(1), index: Int(id), configuration: Configuration([]), seed: 0,
            createdAt: start)
        trial.attempt = attempt
        trial.scoredReports = scoredReports
        return trial
    }

    static func timing(_ id: Int64, _ seconds: Double, steps: Int = 1, setup: Double? = nil, slots: Int = 1)
        -> ReportTiming
    {
        ReportTiming(
            trial: TrialID(id), iterationSeconds: seconds, iterationSteps: steps, setupSeconds: setup, slots: slots)
    }

    static let asha = PolicySpec.asha(ASHAOptions())
    static let ashaStopping = PolicySpec.asha(ASHAOptions(kind: .stopping))
    static let ashaDelayed = PolicySpec.asha(ASHAOptions(delay: true))
    static let ashaRank = PolicySpec.asha(ASHAOptions(kind: .stopping, cutoff: .rank))
    static let hyperband = PolicySpec.hyperband(HyperbandOptions())
    static let hyperbandStopping = PolicySpec.hyperband(HyperbandOptions(kind: .stopping, reductionFactor: 4))
    static let median = PolicySpec.median(MedianOptions())
    static let pbt = PolicySpec.pbt(PBTOptions())
    static let published = PolicySpec.hypersched(HyperSchedOptions())
    static let repaired = PolicySpec.hypersched(HyperSchedOptions(dropAtClosing: false))

    static func hypersched(_ change: (inout HyperSchedOptions) -> Void) -> PolicySpec {
        var options = HyperSchedOptions()
        change(&options)
        return .hypersched(options)
    }
}

extension Verdict {
    /// As the oracles write it: continue, pause, stop.
    var letter: String {
        switch self {
        case .proceed: "C"
        case .pause: "P"
        case .prune: "S"
        }
    }

    var reason: Reason? {
        switch self {
        case .proceed: nil
        case .pause(let reason), .prune(let reason): reason
        }
    }
}

extension Choice {
    var reason: Reason {
        switch self {
        case .nothing(let reason), .start(_, _, let reason), .startNew(_, let reason), .startChild(_, _, let reason),
            .prune(_, let reason):
            reason
        }
    }

    var rule: String { reason.rule }

    /// What is chosen, without the reason: `nothing`, `start 3 x2`, `new x1`, `drop 3 4`.
    var text: String {
        switch self {
        case .nothing: "nothing"
        case .start(let trial, let slots, _): "start \(trial) x\(slots)"
        case .startNew(let slots, _): "new x\(slots)"
        case .startChild(let offspring, let slots, _): "child of \(offspring.parent) x\(slots)"
        case .prune(let trials, _): "drop " + trials.map(\.description).joined(separator: " ")
        }
    }
}

extension ResizeVerdict {
    var target: Int? { if case .resize(let target, _) = self { target } else { nil } }
    var reason: Reason? { if case .resize(_, let reason) = self { reason } else { nil } }
}

/// A policy with trials that all run from the start: for oracles at rungs, where only the order of reports counts.
struct RungProbe {
    let spec: SweepSpec
    var policy: AnyPolicy
    private(set) var paused: [Int64] = []

    init(_ policy: PolicySpec, steps: ClosedRange<Int> = 1...100, goal: Metric.Goal = .maximize, trials: Int = 26) {
        spec = Fixture.spec(policy, steps: steps, goal: goal)
        self.policy = AnyPolicy(spec)
        for id in 1...Int64(trials) {
            self.policy.onCreated(Fixture.trial(id, attempt: 0))
            self.policy.onStarted(TrialID(id), slots: 1)
        }
    }

    /// The trial called A is number 1. `value` is in the metric's own direction.
    mutating func report(_ name: Character, _ step: Int, _ value: Double) -> Verdict {
        let id = Int64(name.asciiValue! - 64)
        let verdict = policy.onReport(
            Fixture.report(id, step: step, spec.metric.score(of: value)), of: Fixture.trial(id),
            in: Fixture.view(spec))
        if verdict.letter == "P", !paused.contains(id) {
            paused = (paused + [id]).sorted()
            policy.onEnded(TrialID(id), state: .paused)
        }
        return verdict
    }

    /// Reports at one step, A first; one letter for each.
    mutating func arrivals(_ values: [Double], at step: Int = 1) -> String {
        values.enumerated().map { index, value in
            report(Character(UnicodeScalar(UInt8(65 + index))), step, value).letter
        }.joined()
    }

    /// The trials that would be resumed by rank, in that order.
    mutating func promotable() -> String {
        var names = ""
        var copy = policy
        var left = paused
        while true {
            let choice = copy.choose(in: Fixture.view(spec, paused: left))
            guard case .start(let trial, _, let reason) = choice, reason.rule == "rung_promotion" else { return names }
            names.append(Character(UnicodeScalar(UInt8(64 + trial.rawValue))))
            copy.onStarted(trial, slots: 1)
            left.removeAll { $0 == trial.rawValue }
        }
    }

    mutating func resume(_ name: Character) {
        let id = Int64(name.asciiValue! - 64)
        paused.removeAll { $0 == id }
        policy.onStarted(TrialID(id), slots: 1)
    }
}
