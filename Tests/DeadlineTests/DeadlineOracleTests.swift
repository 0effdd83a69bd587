import HyperSchedProtocol
import Simulator
import Testing

@testable import Scheduler

/// The recommended column of the HyperSched oracles, and the policy's own promises.
@Suite struct DeadlineOracleTests {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    static func spec(
        seconds: Double, max: Int = 40, trials: Int = 100, options: DeadlineOptions = DeadlineOptions(),
        goal: Metric.Goal = .maximize, target: Double? = nil, seed: UInt64 = 1
    ) -> SweepSpec {
        SweepSpec(
            name: "s", program: .command(["x"]), method: .random,
            metric: Metric(name: "m", goal: goal, target: target),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: start.advanced(bySeconds: seconds), policy: .deadline(options),
            steps: StepRange(min: 1, max: max),
            limits: SweepLimits(trials: trials), retry: RetryRule(max: 0), seed: seed)
    }

    static func curve(_ top: Double, steps: Int, seconds: Double, sign: Double = 1) -> SimulatedTrial {
        SimulatedTrial(
            objective: (1...steps).map { sign * top * Double($0) / Double($0 + 5) },
            stepSeconds: Array(repeating: seconds, count: steps))
    }

    static func run(
        _ spec: SweepSpec, slots: Int, startup: Double = 0, stop: Double = 0,
        _ trial: @escaping @Sendable (Int) -> SimulatedTrial
    ) -> SimulationOutcome {
        SweepSimulation.run(
            SimulationSetup(
                spec: spec, agentSlots: [slots], startupSeconds: startup, stopSeconds: stop, trial: trial))
    }

    /// Tops between 0.3 and 0.9, no order.
    static let mixed: @Sendable (Int) -> SimulatedTrial = {
        curve(0.3 + 0.6 * Double($0 * 37 % 100) / 100, steps: 40, seconds: 1)
    }

    @Test func o12NaNEndsOneTrialAndMovesNobodyElse() {
        let outcome = Self.run(Self.spec(seconds: 60), slots: 4) { index in
            index == 0 ? SimulatedTrial(objective: [.nan], stepSeconds: [1]) : Self.mixed(index)
        }
        #expect(outcome.decisions.filter { $0.kind == .diverge }.count == 1)
        #expect(outcome.best! > 0.5)
    }

    @Test func o13MinimizingIsTheMirrorOfMaximizing() {
        let up = Self.run(Self.spec(seconds: 50), slots: 4, startup: 0.2, Self.mixed)
        let down = Self.run(Self.spec(seconds: 50, goal: .minimize), slots: 4, startup: 0.2) {
            let run = Self.mixed($0)
            return SimulatedTrial(objective: run.objective.map { -$0 }, stepSeconds: run.stepSeconds)
        }
        #expect(up.best == down.best.map { -$0 })
        #expect(up.decisions.map(\.kind) == down.decisions.map(\.kind))
    }

    @Test func o16NothingIsEverDropped() {
        let outcome = Self.run(Self.spec(seconds: 100), slots: 4, startup: 0.5, Self.mixed)
        #expect(!outcome.decisions.contains { $0.kind == .prune || $0.kind == .closeAdmission })
    }

    @Test func o18NothingStartsThatCanNotReportInTime() {
        let outcome = Self.run(Self.spec(seconds: 100, max: 20), slots: 3, startup: 7, stop: 1) { _ in
            Self.curve(0.5, steps: 20, seconds: 5)
        }
        let last = Self.start.advanced(bySeconds: 99 - 7 - 5.0 / 3)
        let late = outcome.attempts.filter { $0.startedAt > last }
        #expect(late.isEmpty, "\(late.map { $0.startedAt.seconds(since: Self.start) })")
    }

    @Test func o20SlotsAreUsedToTheEndWhenTheSurvivorIsDone() {
        let outcome = Self.run(Self.spec(seconds: 100, max: 40), slots: 2, Self.mixed)
        #expect(outcome.utilization > 0.9)
    }

    @Test func o22TheLoserRestartsAtMostOnceAndTheWinnerGrows() {
        let outcome = Self.run(Self.spec(seconds: 120, max: 200, trials: 2), slots: 4, startup: 2) {
            Self.curve($0 == 0 ? 0.9 : 0.3, steps: 200, seconds: 1)
        }
        let loser = outcome.attempts.filter { $0.attempt.trial == TrialID(2) }
        #expect(loser.count <= 2)
        #expect(outcome.attempts.contains { $0.attempt.trial == TrialID(1) && $0.slots.count > 1 })
    }

    @Test func o28NeverWiderThanIsFastest() {
        // HyperSched's bAbI table, as the policy would be told.
        let table = [(1, 1.0), (2, 1.62), (4, 2.027), (8, 2.75), (16, 2.48), (32, 2.48)]
            .map { ScalingPoint(slots: $0.0, speed: $0.1) }
        let outcome = SweepSimulation.run(
            SimulationSetup(
                spec: Self.spec(seconds: 300, max: 1000, trials: 1, options: DeadlineOptions(scaling: table)),
                agentSlots: [32], throughput: ThroughputModel(points: table),
                trial: { _ in Self.curve(0.9, steps: 1000, seconds: 1) }))
        #expect(outcome.attempts.map(\.slots.count).max() == 8)
    }

    @Test func o34EqualTrialsThatSwapRanksAreNotResizedAgainAndAgain() {
        let outcome = Self.run(Self.spec(seconds: 190, max: 200, trials: 3), slots: 8, startup: 1) { index in
            SimulatedTrial(
                objective: (1...200).map { 0.5 + 0.001 * Double($0) + (($0 + index) % 3 == 0 ? 0.0005 : 0) },
                stepSeconds: Array(repeating: 1, count: 200))
        }
        let resizes = outcome.decisions.filter { $0.kind == .resize }
        #expect(resizes.count <= 9, "a resize is at most a doubling, three of them lead from 1 to 8")
    }

    @Test func o37EndsInTimeWithTheReportsOfTime() {
        let outcome = Self.run(Self.spec(seconds: 12, trials: 1), slots: 1, startup: 1) { _ in
            Self.curve(0.5, steps: 40, seconds: 10)
        }
        #expect(outcome.endedSeconds <= 12)
        #expect(outcome.improvements.count == 1 && outcome.improvements[0].seconds == 11)
    }

    @Test func o41OneSlotNeverResizes() {
        let outcome = Self.run(Self.spec(seconds: 200), slots: 1, Self.mixed)
        #expect(!outcome.decisions.contains { $0.kind == .resize })
    }

    @Test func equalSetupsGiveEqualDecisions() {
        let (a, b) = (
            Self.run(Self.spec(seconds: 80), slots: 8, startup: 0.3, Self.mixed),
            Self.run(Self.spec(seconds: 80), slots: 8, startup: 0.3, Self.mixed)
        )
        #expect(a.decisions == b.decisions)
        #expect(a.decisions.allSatisfy { !$0.reason.rule.isEmpty && !$0.reason.text.isEmpty })
    }

    /// O43 and O45 on HyperSched's toy curve.
    @Test(arguments: [4, 8])
    func o45TheToyIsBusyAndGood(slots: Int) {
        let outcome = Self.run(Self.spec(seconds: 60, max: 500, trials: 200), slots: slots, startup: 0.001) { index in
            let random = CounterRandom(seed: 3).stream(UInt64(index))
            let b0 = -Double(1 - random.uniform(at: 0)).logarithm * 0.1
            let values = (1...500).map { (k: Int) -> Double in
                let loss = 1 / (b0 * Double(k) / 100 + 0.1 * random.uniform(at: 1) + 0.5)
                return (2 - loss - 0.01 * random.uniform(at: 2)) / 2
            }
            return SimulatedTrial(objective: values, stepSeconds: Array(repeating: 0.1, count: 500))
        }
        #expect(outcome.utilization >= 0.9)
        #expect(outcome.best! > 0.75)
    }

    @Test func oddsAreAskedWithoutChangingAnythingAndSaySo() {
        var simulation = SweepSimulation(
            SimulationSetup(spec: Self.spec(seconds: 80, target: 5), agentSlots: [4], trial: Self.mixed))
        for _ in 0..<60 { _ = simulation.step() }
        let now = Self.start.advanced(bySeconds: 10)
        let view = simulation.state.view(of: SweepID(1), at: now)
        let odds = view.running.compactMap { simulation.state.odds(of: $0.trial, at: now) }
        #expect(!odds.isEmpty)
        for one in odds {
            #expect(one.interval.contains(one.expected))
            #expect((0...1).contains(one.reachesTarget!))
            #expect(one.moreSlots ?? 0 >= 0)
        }
    }

    @Test(arguments: [
        PolicySpec.fifo, .asha(ASHAOptions()), .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions()),
    ])
    func everyPolicyHasOddsForItsSweep(policy: PolicySpec) {
        var spec = Self.spec(seconds: 80, target: 0.8)
        spec.policy = policy
        var simulation = SweepSimulation(SimulationSetup(spec: spec, agentSlots: [4], trial: Self.mixed))
        #expect(simulation.state.sweepOdds(of: SweepID(1), at: simulation.now) == nil, "nothing is known yet")
        for _ in 0..<60 { _ = simulation.step() }
        let before = simulation.state
        let odds = simulation.state.sweepOdds(of: SweepID(1), at: simulation.now)!
        #expect(simulation.state == before)
        #expect(odds.interval.contains(odds.expected) && odds.interval.lowerBound >= simulation.outcome.best!)
        #expect((0...1).contains(odds.reachesTarget!))
        let sure = simulation.state.sweepOdds(of: SweepID(1), target: simulation.outcome.best, at: simulation.now)
        #expect(sure?.reachesTarget == 1)
    }
}

extension Double {
    /// Natural logarithm without Foundation: bisection is good enough for a made-up curve.
    fileprivate var logarithm: Double {
        // log x = 2 artanh((x - 1) / (x + 1)), after halving x into [0.5, 1].
        var (x, result) = (self, 0.0)
        while x < 0.5 { (x, result) = (x * 2, result - 0.693147180559945309) }
        let z = (x - 1) / (x + 1)
        return result + 2 * (0..<20).reduce(0) { $0 + power(z, 2 * $1 + 1) / Double(2 * $1 + 1) }
    }
}

private func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { product, _ in product * x } }
