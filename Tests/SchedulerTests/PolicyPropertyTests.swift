import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Random sweeps on the virtual clock, one per seed: many or few trials, faults, NaN, lost metrics, ties, changing
/// capacity.
@Suite struct PolicyPropertyTests {
    static let policies: [PolicySpec] = [
        .fifo, Fixture.asha, Fixture.ashaStopping, Fixture.published, Fixture.repaired,
        Fixture.hypersched { $0.speculation = false },
        Fixture.hypersched { ($0.allocation, $0.dropAtClosing) = (.topJob, false) },
        Fixture.hypersched { ($0.allocation, $0.cooldownReports, $0.reductionFactor) = (.random, 1, 3) },
        Fixture.hypersched { $0.fixedExploration = 0.3 },
        Fixture.hypersched { ($0.allocation, $0.pausing, $0.publishedSlips) = (.softmax, false, true) },
        Fixture.hypersched { ($0.allocationGrid, $0.cooldownReports, $0.dropAtClosing) = (2, 1, false) },
        Fixture.ashaDelayed, Fixture.ashaRank, Fixture.hyperband, Fixture.hyperbandStopping,
        .hyperband(HyperbandOptions(reductionFactor: 2, brackets: 3)),
        .hyperband(HyperbandOptions(kind: .stopping, cutoff: .rank)), Fixture.median,
        .median(MedianOptions(statistic: .best, action: .pause, minTrials: 1, interval: 3)),
        .median(MedianOptions(statistic: .value, peers: .completed, graceSteps: 5)), Fixture.pbt,
        .pbt(PBTOptions(population: 6, interval: 4, quantile: 0.5, action: .pause)),
        .pbt(PBTOptions(population: 9, interval: 1, resampleProbability: 1)),
    ]

    static func run(_ seed: UInt64, transform: @escaping (Double) -> Double = { $0 }, clean: Bool = false) -> VirtualRun
    {
        let random = CounterRandom(seed: seed)
        let policy = policies[random.below(policies.count, at: 0)]
        var options = VirtualRun.Options()
        let minSlots = 1 + random.below(2, at: 1)
        options.slots = minSlots * (1 + random.below(6, at: 2))
        options.trials = 1 + random.below(40, at: 3)
        options.setup = Double(random.below(4, at: 4))
        options.stepSeconds = 0.5 + random.uniform(at: 5)
        // Half of the sweeps have coarse scores, so that there are ties.
        let grain = random.below(2, at: 6) == 0 ? 4.0 : 1e6
        options.score = { index, step in
            let draw = random.stream("score").stream(UInt64(index)).normal(at: UInt64(step)) + Double(step) * 0.02
            if !clean && random.stream("nan").stream(UInt64(index)).below(25, at: UInt64(step)) == 0 {
                return Rung.worstScore
            }
            return transform((draw * grain).rounded() / grain)
        }
        if !clean {
            options.fails = {
                random.stream("fail").stream(UInt64($0)).stream(UInt64($2)).below(30, at: UInt64($1)) == 0
            }
            options.isUnscored = { random.stream("gap").stream(UInt64($0)).below(12, at: UInt64($1)) == 0 }
            let smaller = max(minSlots, options.slots - minSlots)
            options.capacity = { elapsed in elapsed > 30 ? smaller : nil }
        }
        let spec = Fixture.spec(
            policy, steps: (1 + random.below(3, at: 7))...(20 + random.below(80, at: 8)), slots: minSlots,
            deadline: 40 + Double(random.below(100, at: 9)), seed: seed)
        return VirtualRun(spec, options)
    }

    @Test("A restart rebuilds an equal policy after any event", arguments: 0..<UInt64(200))
    func restore(seed: UInt64) {
        var run = Self.run(seed)
        var events = 0
        run.run { run in
            events += 1
            if events < 40 || events % 10 == 0 { #expect(run.restored == run.policy, "after event \(events)") }
        }
        #expect(run.restored == run.policy)
        // …and what it would do next is the same.
        #expect(run.policy.choose(in: run.view()) == run.restored.choose(in: run.view()))
    }

    @Test("Every plan is possible, and ends; asking twice answers the same", arguments: 0..<UInt64(200))
    func plans(seed: UInt64) {
        var run = Self.run(seed)
        run.run { run in
            let view = run.view()
            let choice = run.policy.choose(in: view)
            #expect(choice == run.policy.choose(in: view))
            Self.check(choice, view)
            #expect(run.held.values.reduce(0, +) <= run.options.slots)
            #expect(run.held.values.allSatisfy { $0 >= view.minSlots && $0 % view.minSlots == 0 })
        }
        #expect(run.log.count < 20_000)
    }

    private static func check(_ choice: Choice, _ view: SweepView) {
        #expect(PolicyRule(rawValue: choice.rule) != nil && !choice.reason.text.isEmpty)
        switch choice {
        case .start(let trial, let slots, _):
            #expect(view.waiting.contains(trial) || view.paused.contains(trial))
            #expect(slots <= view.largestFree && slots >= view.minSlots && slots <= max(view.minSlots, view.maxSlots))
            #expect(view.timeLeft > 0)
        case .startNew(let slots, _): #expect(view.canCreate && slots == view.minSlots && slots <= view.largestFree)
        case .startChild(let offspring, let slots, _):
            #expect(view.trialsLeft > 0 && slots == view.minSlots && slots <= view.largestFree)
            #expect(offspring.parent != offspring.replacing)
        case .prune(let trials, _):
            #expect(!trials.isEmpty && trials == trials.sorted())
            #expect(trials.allSatisfy { view.waiting.contains($0) || view.paused.contains($0) })
        case .nothing: break
        }
    }

    @Test("The same seed gives the same decisions", arguments: 0..<UInt64(50))
    func deterministic(seed: UInt64) {
        var (first, second) = (Self.run(seed), Self.run(seed))
        first.run()
        second.run()
        #expect(first.log == second.log && !first.log.isEmpty)
    }

    /// Promotion, the rank cut-off and population based training compare ranks only. Percentiles and medians
    /// interpolate between scores, so for the other forms only affine transforms change nothing.
    @Test("Increasing transforms of the metric change no decision", arguments: 0..<UInt64(200))
    func transforms(seed: UInt64) {
        var plain = Self.run(seed, clean: true)
        var scaled = Self.run(seed, transform: { 8 * $0 + 256 }, clean: true)
        plain.run()
        scaled.run()
        // Softmax weighs differences of scores; only a shift leaves them as they are.
        if case .hypersched(let options) = plain.spec.policy, options.allocation == .softmax { return }
        #expect(plain.log == scaled.log)
        guard Self.comparesRanksOnly(plain.spec.policy) else { return }
        var warped = Self.run(seed, transform: { $0 * $0 * $0 + $0 }, clean: true)
        warped.run()
        #expect(plain.log == warped.log)
    }

    private static func comparesRanksOnly(_ policy: PolicySpec) -> Bool {
        switch policy {
        case .fifo, .pbt: true
        case .asha(let options): options.kind == .promotion || options.cutoff == .rank
        case .hyperband(let options): options.kind == .promotion || options.cutoff == .rank
        case .median, .hypersched, .deadline: false
        }
    }

    @Test("What a rung says does not depend on the order in which the scores came", arguments: 0..<UInt64(200))
    func orderBlind(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        let count = 1 + random.below(30)
        let scores = (0..<count).map { (random.normal(at: UInt64($0 + 1)) * 3).rounded() / 3 }
        let shuffle = CounterShuffle(count: count, random: random.stream("order"))
        func rung(_ order: [Int]) -> Rung {
            var rung = Rung(milestone: 1)
            for index in order { rung.record(scores[index], of: TrialID(Int64(index))) }
            for index in order where index % 3 == 0 { rung.pause(TrialID(Int64(index))) }
            return rung
        }
        let (straight, mixed) = (rung(Array(0..<count)), rung((0..<count).map { shuffle[$0] }))
        #expect(straight == mixed)
        for factor in 2...5 {
            let top = (0..<count).filter { straight.isInTop(TrialID(Int64($0)), reductionFactor: factor) }
            #expect(top.count == count / factor)
        }
    }

    @Test("The percentile agrees with a plain one", arguments: 0..<UInt64(200))
    func percentile(seed: UInt64) throws {
        let random = CounterRandom(seed: seed)
        let count = 1 + random.below(60)
        var statistics = OrderStatistics()
        for draw in 0..<count { statistics.insert(random.normal(at: UInt64(draw + 1))) }
        for (numerator, denominator) in [(3, 4), (2, 3), (1, 2), (9, 10), (1, 1)] {
            let position = Double(count - 1) * Double(numerator) / Double(denominator)
            let low = Int(position + 1e-9)
            let high = min(low + 1, count - 1)
            let sorted = statistics.sorted
            let plain = sorted[low] + (sorted[high] - sorted[low]) * max(0, position - Double(low))
            let value = try #require(statistics.quantile(numerator, over: denominator))
            #expect(abs(value - plain) < 1e-9)
        }
    }
}
