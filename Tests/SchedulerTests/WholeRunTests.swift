import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Oracles that are not tested here, and why:
/// - O28 (R), O33 (R), O34 (R), O35 (R): no size above the fastest one, partial growth, hysteresis and sizes of the
///   `deadline` policy are in DeadlineTests, as is its column R of O4, O9, O25 and O27. O14 is in `HyperbandTests`,
///   column P of O4, O12, O25, O27 and O35 in `PublishedSlipsTests`.
/// - O36, O39, O40, O47, O48: slots, processes and several sweeps are the cluster state's and the daemon's.
/// - O38: stamping reports and the clock are the cluster state's; no policy reads a clock.
/// - O41 (T <= 0) and O42: refused or warned of when a sweep is submitted. T = infinity does not exist: a deadline is
///   an instant; a very distant one is tested.
/// - O43, O45, and O44 on the toy's exact curves: means over many runs with tolerances, in the simulator. The decisions
///   of O44 and the use of the cluster of O45 are tested here.
/// - O46 for the decision log of the daemon: with the cluster state. For policies it is `deterministic`.
@Suite struct WholeRunTests {
    /// Two trials, four slots, S = 2 s, 1 s per step; the first trial is always the better one.
    private func twoTrials(_ policy: PolicySpec) -> VirtualRun {
        var options = VirtualRun.Options()
        options.setup = 2
        var run = VirtualRun(Fixture.spec(policy, steps: 1...40, deadline: 1000), options)
        run.run()
        return run
    }

    @Test("O22 (P): the loser restarts at every step until the last one, 38 times")
    func o22() {
        let run = twoTrials(Fixture.published)
        #expect(run.starts[TrialID(2)] == 1 + 38)
        #expect(run.trials.map(\.state) == [.completed, .completed])
    }

    @Test("O22 (R): the loser waits, the winner grows to four slots with one restart")
    func o22Repaired() {
        let run = twoTrials(Fixture.repaired)
        #expect(run.resizes[TrialID(1)]?.map(\.to) == [4] && run.starts[TrialID(1)] == 2)
        // The winner is done; only then the loser goes on, from the deadline's leftovers, with no more thrashing.
        let resumed = run.log.firstIndex { $0.hasSuffix("start 2 x1 rung_fill") }
        let completed = run.log.firstIndex { $0.hasSuffix("complete 1") }
        #expect(resumed != nil && completed != nil && resumed! > completed!)
        #expect(run.starts[TrialID(2)]! <= 5)
        #expect(run.trials.map(\.state) == [.completed, .completed])
    }

    @Test("O32: one trial, four slots, S = 2 s, 1 s per step, R = 40: grows at t = 8.0, ends at t = 18.5")
    func o32() {
        var options = VirtualRun.Options()
        options.trials = 1
        options.setup = 2
        var run = VirtualRun(Fixture.spec(Fixture.published, steps: 1...40, deadline: 1000), options)
        run.run()
        let resizes = run.resizes[TrialID(1)] ?? []
        #expect(resizes.count == 1 && resizes[0].at == 8 && resizes[0].to == 4)
        #expect(run.finishedAt[TrialID(1)] == 18.5)
    }

    @Test("O34 (P): ranks that alternate make a trial resize again and again")
    func o34() {
        var options = VirtualRun.Options()
        options.slots = 8
        options.trials = 3
        options.setup = 1
        // Equal at the rungs, so that nobody is paused; in between the best one changes with every step.
        options.score = { index, step in [1, 4, 16, 64, 256].contains(step) ? 0.5 : Double((step + index) % 3) }
        var run = VirtualRun(Fixture.spec(Fixture.published, steps: 1...400, deadline: 186), options)
        run.run()
        #expect(run.resizes.values.map(\.count).reduce(0, +) > 30)
    }

    @Test("O37 (R): T = 12 s, 10 s per step, S = 1 s: nothing counts after T; the best is step 1 at t = 11")
    func o37() {
        var options = VirtualRun.Options()
        options.slots = 1
        options.trials = 1
        options.setup = 1
        options.stepSeconds = 10
        var run = VirtualRun(Fixture.spec(Fixture.published, deadline: 12), options)
        run.run()
        #expect(run.now == 12)
        #expect(run.best?.step == 1)
    }

    @Test(
        "O41: a sweep without trials ends at once; without slots or time nothing starts",
        arguments: PolicyPropertyTests.policies)
    func o41(policy: PolicySpec) {
        let spec = Fixture.spec(policy)
        let any = AnyPolicy(spec)
        #expect(any.choose(in: Fixture.view(spec)).rule == "exhausted")
        #expect(any.choose(in: Fixture.view(spec, canCreate: true, free: 0)).rule == "no_slots")
        #expect(any.choose(in: Fixture.view(spec, elapsed: 3600, canCreate: true)).rule == "no_time")
    }

    @Test("FIFO runs every trial to the end, in order, on the smallest allocation")
    func fifo() {
        var options = VirtualRun.Options()
        options.slots = 2
        options.trials = 5
        var run = VirtualRun(Fixture.spec(.fifo, steps: 1...3), options)
        run.run()
        #expect(run.trials.allSatisfy { $0.state == .completed })
        #expect(run.now == 9 && run.starts.values.allSatisfy { $0 == 1 })
    }

    @Test("ASHA goes on with the best paused trials when there is nothing new to start")
    func ashaUsesTheCluster() {
        var options = VirtualRun.Options()
        options.trials = 9
        var run = VirtualRun(Fixture.spec(Fixture.asha, steps: 1...16), options)
        run.run()
        #expect(run.trials.allSatisfy { $0.state == .completed })
        #expect(run.log.contains { $0.hasSuffix("rung_promotion") } && run.log.contains { $0.hasSuffix("rung_fill") })
    }

    @Test(
        "O44 on the policy level: all ablations on decide as promotion ASHA while new trials can be drawn",
        arguments: 0..<UInt64(50))
    func o44(seed: UInt64) {
        let ablated = Fixture.hypersched {
            $0.speculation = false
            $0.countOverhead = false
            $0.limitAdmission = false
            $0.allocation = .none
        }
        func log(_ policy: PolicySpec) -> [String] {
            var options = VirtualRun.Options()
            options.trials = 10_000
            options.score = { CounterRandom(seed: seed).stream(UInt64($0)).normal() + 0.1 * Double($1) }
            var run = VirtualRun(Fixture.spec(policy, steps: 1...64, deadline: 60), options)
            run.run()
            return run.log.map { $0.split(separator: " ").dropLast($0.contains("new") ? 1 : 0).joined(separator: " ") }
        }
        #expect(log(ablated) == log(Fixture.asha))
    }

    @Test("The repair keeps the cluster busy where the published rule leaves it idle", arguments: 0..<UInt64(4))
    func repairUsesTheCluster(seed: UInt64) {
        func use(_ policy: PolicySpec) -> Double {
            var options = VirtualRun.Options()
            options.slots = 8
            options.trials = 200
            options.stepSeconds = 0.1
            options.score = { Toy(seed: seed, index: $0).accuracy(step: $1) }
            var run = VirtualRun(Fixture.spec(policy, steps: 5...500, deadline: 60), options)
            run.run()
            return run.busySlotSeconds / (8 * 60)
        }
        #expect(use(Fixture.repaired) > 0.85)
        #expect(use(Fixture.published) < 0.75)
    }
}

/// The toy curve of HyperSched's ablation script (class "optimus" of its public code).
struct Toy {
    private let random: CounterRandom

    init(seed: UInt64, index: Int) { random = CounterRandom(seed: seed).stream(UInt64(index)) }

    func accuracy(step: Int) -> Double {
        let b0 = 0.1 * random.exponential(at: 0)
        let (b1, b2) = (random.uniform(at: 1), random.uniform(at: 2))
        let noise = abs(random.normal(at: UInt64(100 + step))) * 0.005
        let loss = 1 / (b0 * Double(step) / 100 + 0.1 * b1 + 0.5) + 0.01 * b2 + noise
        return (2 - loss) / 2
    }
}
