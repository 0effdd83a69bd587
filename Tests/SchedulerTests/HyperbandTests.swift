import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct HyperbandTests {
    @Test(
        "Brackets and their sizes, as Table 1 of the Hyperband paper has them for R = 81, η = 3",
        arguments: [
            (1...81, 3, [1, 3, 9, 27, 81], [81, 34, 15, 8, 5]),
            (1...100, 4, [1, 4, 16, 64], [64, 22, 8, 4]),
            (2...200, 4, [2, 8, 32, 128], [64, 22, 8, 4]),
            (5...5, 3, [5], [1]), (1...2, 2, [1, 2], [2, 2]),
        ])
    func sizes(steps: ClosedRange<Int>, factor: Int, rungs: [Int], weights: [Int]) {
        let range = StepRange(min: steps.lowerBound, max: steps.upperBound)
        let plan = HyperbandBrackets(steps: range, reductionFactor: factor, limit: nil)
        #expect(plan.firstRungs == rungs && plan.weights == weights)
    }

    @Test("Fewer brackets than there could be; no overflow with absurd steps")
    func limits() {
        let plan = HyperbandBrackets(steps: StepRange(min: 1, max: 81), reductionFactor: 3, limit: 2)
        #expect(plan.firstRungs == [1, 3] && plan.weights == [3, 2])
        #expect(HyperbandBrackets(steps: StepRange(min: 1, max: 81), reductionFactor: 3, limit: 9).weights.count == 5)
        let absurd = HyperbandBrackets(steps: StepRange(min: 1, max: 1_000_000_000), reductionFactor: 2, limit: nil)
        #expect(absurd.weights.count == 30 && absurd.weights.allSatisfy { $0 > 0 })
    }

    @Test("Trials are dealt to brackets in Hyperband's proportions, by seed and index alone", arguments: 0..<UInt64(5))
    func proportions(seed: UInt64) {
        let plan = HyperbandBrackets(steps: StepRange(min: 1, max: 81), reductionFactor: 3, limit: nil)
        var counts = plan.weights.map { _ in 0 }
        for index in 0..<14_300 { counts[plan.bracket(ofTrial: index, seed: seed)] += 1 }
        for (count, weight) in zip(counts, plan.weights) {
            // Five standard deviations of a binomial count at most.
            let expected = Double(weight) * 100
            #expect(abs(Double(count) - expected) < 5 * expected.squareRoot())
        }
        #expect(plan.bracket(ofTrial: 7, seed: seed) == plan.bracket(ofTrial: 7, seed: seed))
    }

    /// A policy with the trials of the first `count` indices, all running.
    private func policy(_ spec: SweepSpec, trials count: Int64) -> AnyPolicy {
        var policy = AnyPolicy(spec)
        for id in 1...count {
            policy.onCreated(Fixture.trial(id, attempt: 0))
            policy.onStarted(TrialID(id), slots: 1)
        }
        return policy
    }

    @Test("A trial is judged at the rungs of its own bracket, against the trials of that bracket")
    func bracketsAreSeparate() throws {
        let spec = Fixture.spec(.hyperband(HyperbandOptions(kind: .stopping)), steps: 1...81)
        var policy = policy(spec, trials: 60)
        let plan = HyperbandBrackets(steps: spec.steps, reductionFactor: 3, limit: nil)
        func members(_ bracket: Int) -> [Int64] {
            (1...60).filter { plan.bracket(ofTrial: $0, seed: spec.seed) == bracket }.map { Int64($0) }
        }
        func report(_ id: Int64, _ step: Int, _ score: Double) -> Verdict {
            policy.onReport(Fixture.report(id, step: step, score), of: Fixture.trial(id), in: Fixture.view(spec))
        }
        let (first, second, last) = (members(0), members(1), members(4))
        try #require(first.count > 3 && second.count > 2 && !last.isEmpty)
        // Bracket 1 has no rung at 1: whatever comes there is not recorded.
        for id in second.prefix(3) { #expect(report(id, 1, 0.9).letter == "C") }
        #expect(report(first[0], 1, 0.5).letter == "C")
        #expect(report(first[1], 1, 0.4).letter == "S")
        #expect(report(second[0], 3, 0.1).letter == "C", "the first one of its bracket")
        let verdict = report(second[1], 3, 0.05)
        #expect(verdict.letter == "S")
        #expect(verdict.reason?.text.contains("at rung 3 of bracket 1") == true)
        #expect(verdict.reason?.numbers["bracket"] == 1.0)
        for step in [1, 3, 9, 27, 80] { #expect(report(last[0], step, -1).letter == "C", "the last one runs through") }
    }

    @Test("Of promotable trials the one that has most steps behind it goes first, whatever its bracket")
    func promotion() throws {
        let spec = Fixture.spec(.hyperband(HyperbandOptions(reductionFactor: 2)), steps: 1...8)
        var policy = policy(spec, trials: 40)
        let plan = HyperbandBrackets(steps: spec.steps, reductionFactor: 2, limit: nil)
        func members(_ bracket: Int) -> [Int64] {
            (1...40).filter { plan.bracket(ofTrial: $0, seed: spec.seed) == bracket }.map { Int64($0) }
        }
        var paused: [Int64] = []
        func report(_ id: Int64, _ step: Int, _ score: Double) {
            let verdict = policy.onReport(
                Fixture.report(id, step: step, score), of: Fixture.trial(id), in: Fixture.view(spec))
            guard verdict.letter == "P" else { return }
            paused = (paused + [id]).sorted()
            policy.onEnded(TrialID(id), state: .paused)
        }
        let (low, high) = (members(0), members(2))
        try #require(low.count > 3 && high.count > 3)
        // One alone pauses; a worse second one makes the first one promotable.
        report(low[0], 1, 0.9)
        report(low[1], 1, 0.1)
        report(high[0], 4, 0.2)
        report(high[1], 4, 0.1)
        let choice = policy.choose(in: Fixture.view(spec, paused: paused, canCreate: true))
        #expect(choice.text == "start \(high[0]) x1" && choice.rule == "rung_promotion")
        policy.onStarted(TrialID(high[0]), slots: 1)
        paused.removeAll { $0 == high[0] }
        #expect(policy.choose(in: Fixture.view(spec, paused: paused, canCreate: true)).text == "start \(low[0]) x1")
    }

    @Test("With one bracket it is ASHA", arguments: 0..<UInt64(50))
    func oneBracket(seed: UInt64) {
        func log(_ policy: PolicySpec) -> [String] {
            var options = VirtualRun.Options()
            options.trials = 30
            options.score = { CounterRandom(seed: seed).stream(UInt64($0)).normal() + 0.1 * Double($1) }
            var run = VirtualRun(Fixture.spec(policy, steps: 1...64, deadline: 300), options)
            run.run()
            return run.log
        }
        for kind in ASHAOptions.Kind.allCases {
            #expect(
                log(.hyperband(HyperbandOptions(kind: kind, reductionFactor: 4, brackets: 1)))
                    == log(.asha(ASHAOptions(kind: kind))))
        }
    }
}

@Suite struct DelayedPromotionTests {
    /// Promotions from the rung after each arrival, the best ones last, which shifts the top 1/η as far as can be.
    private func promotions(_ policy: PolicySpec, _ scores: [Double]) -> [Int] {
        var probe = RungProbe(policy)
        var promoted = 0
        return scores.enumerated().map { index, score in
            let name = Character(UnicodeScalar(UInt8(65 + index)))
            if probe.report(name, 1, score).letter == "C" { promoted += 1 }
            for name in probe.promotable() {
                probe.resume(name)
                promoted += 1
            }
            return promoted
        }
    }

    @Test("O14: with the delay, promotions from a rung with n = 1 3 4 7 8 12 completed are at most 0 0 1 1 2 3")
    func o14() {
        let rising = (0..<12).map { Double($0) }
        let delayed = promotions(Fixture.ashaDelayed, rising)
        #expect([1, 3, 4, 7, 8, 12].map { delayed[$0 - 1] } == [0, 0, 1, 1, 2, 3])
        // Without it each new best is promoted on arrival.
        #expect(promotions(Fixture.asha, rising).last == 9)
    }

    @Test("O14 for any order of arrival", arguments: 0..<UInt64(200))
    func anyOrder(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        let scores = (0..<24).map { (random.normal(at: UInt64($0)) * 4).rounded() / 4 }
        for (count, promoted) in zip(1..., promotions(Fixture.ashaDelayed, scores)) { #expect(promoted <= count / 4) }
    }

    @Test("A delayed trial says so, and goes on when it is its turn")
    func reason() throws {
        var probe = RungProbe(Fixture.ashaDelayed)
        #expect(probe.arrivals([0, 1, 2, 3]) == "PPPC")
        let reason = try #require(probe.report("E", 1, 4).reason)
        #expect(
            reason.text == "paused at rung 1: its 4 is among the best 1 of 5 trials there, but 1 were promoted before")
        #expect(probe.promotable() == "")
        for name in "FGH" { _ = probe.report(name, 1, -1) }
        #expect(probe.promotable() == "E")
    }
}

@Suite struct RankCutoffTests {
    @Test("At most n/η of the n trials there, itself counted, may be strictly better")
    func rank() throws {
        var probe = RungProbe(Fixture.ashaRank)
        // n: 1 2 3 4 5 6 7 8; better: 0 0 1 2 0 1 1 2
        #expect(probe.arrivals([0.5, 0.9, 0.7, 0.6, 0.95, 0.9, 0.92, 0.9]) == "CCSSCCCC")
        let reason = try #require(probe.report("I", 1, 0.1).reason)
        #expect(
            reason.text == "pruned at rung 1: 8 of 9 trials there are better than its 0.1, more than 1 in 4")
        #expect(reason.rule == "rung_cutoff" && reason.numbers["better"] == 8.0)
    }

    @Test("A score that is no number is worse than all, and nobody's better")
    func noNumber() {
        var probe = RungProbe(Fixture.ashaRank)
        #expect(probe.report("A", 1, .nan).letter == "C", "the first one always goes on")
        #expect(probe.arrivals([0.1], at: 4) == "C")
        #expect(probe.report("B", 1, 0.1).letter == "C")
        #expect(probe.report("C", 1, .nan).letter == "S")
    }
}
