import HyperSchedProtocol
import Testing

@testable import Scheduler

/// One trial that has made some reports; the others in the view are given per question.
struct ResizeProbe {
    let spec: SweepSpec
    let capacity: Int
    private let policy: HyperSchedPolicy

    init(_ policy: PolicySpec, capacity: Int = 8, deadline: Double = 3600, setup: Double? = nil, slots: Int = 1) {
        spec = Fixture.spec(policy, steps: 1...10_000, slots: slots, deadline: deadline)
        self.capacity = capacity
        guard case .hypersched(let options) = policy else { preconditionFailure("not a HyperSched policy") }
        var policy = HyperSchedPolicy(spec: spec, options: options)
        if let setup { policy.observe(Fixture.timing(1, 1, setup: setup)) }
        self.policy = policy
    }

    func resize(
        slots: Int, at elapsed: Double, reports: Int = 6, others: [RunningTrial] = [], free: Int? = nil,
        checkpoint: Bool = true, score: Double = 0.5
    ) -> ResizeVerdict {
        var policy = policy
        policy.onStarted(TrialID(1), slots: slots)
        let running = [Fixture.running(1, slots: slots, score: score, checkpoint: checkpoint)] + others
        let view = Fixture.view(spec, elapsed: elapsed, capacity: capacity, running: running, free: free)
        for step in 1...reports {
            _ = policy.onReport(Fixture.report(1, step: step, score, slots: slots), of: Fixture.trial(1), in: view)
        }
        return policy.resize(Fixture.trial(1, scoredReports: reports - 1), in: view)
    }
}

@Suite struct ResizeTests {
    static let resnet50 = [(1, 1), (2, 1.870), (4, 3.421), (8, 5.598)].map(ScalingPoint.init)
    static let imageNet = [(1, 1), (2, 1.77), (4, 2.93), (8, 4.29)].map(ScalingPoint.init)

    /// Least T_left / S for which the gain passes 1.1; nil: none up to 1e6.
    private func breakEven(_ table: [ScalingPoint]?, _ from: Int, _ to: Int) -> Double? {
        let scaling = ThroughputModel(points: table)
        func pays(_ left: Double) -> Bool { scaling.gain(from: from, to: to, timeLeft: left, restart: 1) > 1.1 }
        guard pays(1e6) else { return nil }
        var (low, high) = (1.0, 1e6)
        while high - low > 1e-7 {
            let middle = (low + high) / 2; if pays(middle) { high = middle } else { low = middle }
        }
        return high
    }

    @Test(
        "O29: break-even of T_left / S, linear scaling",
        arguments: [
            (1, 2, 2.222), (4, 8, 2.222), (2, 3, 3.75), (3, 4, 5.714), (8, 9, 45), (9, 10, 100), (1, 8, 1.159),
            (10, 11, nil),
        ] as [(Int, Int, Double?)])
    func o29(from: Int, to: Int, expected: Double?) throws {
        let found = breakEven(nil, from, to)
        guard let expected else { return #expect(found == nil) }
        #expect(abs(try #require(found) - expected) < 0.0006 * expected)
    }

    @Test(
        "O30: break-even with measured tables",
        arguments: [
            (resnet50, 1, 2, 2.429), (resnet50, 2, 3, 4.493), (resnet50, 3, 4, 6.692), (resnet50, 4, 8, 3.051),
            (resnet50, 1, 8, 1.245), (resnet50, 7, 8, 144.0), (imageNet, 4, 8, 4.021), (imageNet, 8, 16, nil),
        ] as [([ScalingPoint], Int, Int, Double?)])
    func o30(table: [ScalingPoint], from: Int, to: Int, expected: Double?) throws {
        let found = breakEven(table, from, to)
        guard let expected else { return #expect(found == nil) }
        #expect(abs(try #require(found) - expected) < 0.0006 * expected)
    }

    @Test(
        "O31: ResNet-50 from 4 to 8 slots, S = 20 s",
        arguments: [
            (600.0, 8), (62, 8), (61, nil), (20, nil), (10, nil), (-5, nil),
        ] as [(Double, Int?)])
    func o31(left: Double, target: Int?) {
        let policy = Fixture.hypersched { $0.scaling = Self.resnet50 }
        let probe = ResizeProbe(policy, setup: 20)
        #expect(probe.resize(slots: 4, at: 3600 - left).target == target)
    }

    @Test("O31: the reason says what the resize brings")
    func o31Reason() throws {
        let policy = Fixture.hypersched { $0.scaling = Self.resnet50 }
        let reason = try #require(ResizeProbe(policy, setup: 20).resize(slots: 4, at: 3000).reason)
        #expect(
            reason.text == "grows from 4 to 8 slots: 1.582 times the work in the 600 s left (1.636 times the speed, "
                + "20 s to restart), more than 1.1")
        let gain = try #require(reason.numbers["gain"]).number
        #expect(reason.rule == "resize_gain" && abs(gain - 1.5818) < 1e-4)
    }

    @Test("O31: after the deadline not even a smaller share is taken")
    func o31Shrink() {
        let others = [Fixture.running(2, slots: 1, score: 0.9)]
        let probe = ResizeProbe(Fixture.published)
        #expect(probe.resize(slots: 7, at: 3000, others: others).target == 4)
        #expect(probe.resize(slots: 7, at: 3601, others: others).target == nil)
    }

    @Test("O32: the cooldown ends with the 6th report")
    func o32() {
        let probe = ResizeProbe(Fixture.published)
        #expect((1...7).map { probe.resize(slots: 1, at: 10, reports: $0).target } == [nil, nil, nil, nil, nil, 8, 8])
    }

    @Test("O33 (P): no restart for the same size, and no partial growth")
    func o33() {
        let probe = ResizeProbe(Fixture.published, capacity: 4)
        #expect(probe.resize(slots: 4, at: 10).target == nil)
        #expect(probe.resize(slots: 1, at: 10, free: 2).target == nil)
        #expect(probe.resize(slots: 1, at: 10, free: 3).target == 4)
    }

    @Test("O34 (P): a smaller share is taken whatever it costs")
    func o34() {
        let probe = ResizeProbe(Fixture.published, setup: 3000)
        let better = [Fixture.running(2, slots: 3, score: 0.9), Fixture.running(3, slots: 2, score: 0.8)]
        let verdict = probe.resize(slots: 3, at: 3500, others: better)
        #expect(verdict.target == 2 && verdict.reason?.rule == "resize_share")
        #expect(verdict.reason?.rivals == [TrialID(2), TrialID(3)])
    }

    @Test("O41: a deadline far away lets it grow; one slot in all never resizes")
    func o41() {
        let probe = ResizeProbe(Fixture.published, deadline: 1e9, setup: 20)
        #expect(probe.resize(slots: 1, at: 10).target == 8)
        #expect(ResizeProbe(Fixture.published, capacity: 1).resize(slots: 1, at: 10).target == nil)
    }

    @Test("A trial without a durable checkpoint is never resized")
    func checkpoint() {
        #expect(ResizeProbe(Fixture.published).resize(slots: 1, at: 10, checkpoint: false).target == nil)
    }

    @Test("Sizes are multiples of slots.min, at most slots.max and at most what the largest agent has")
    func units() {
        let probe = ResizeProbe(Fixture.published, capacity: 7, slots: 2)
        #expect(probe.resize(slots: 2, at: 10).target == 6)
        let others = [Fixture.running(2, slots: 2, score: 0.9)]
        #expect(probe.resize(slots: 2, at: 10, others: others).target == nil)
        #expect(ResizeProbe(Fixture.hypersched { $0.allocation = .none }).resize(slots: 1, at: 10).target == nil)
    }

    @Test("The random deal depends on the sweep, the trial and its report, not on order")
    func randomDeal() {
        let probe = ResizeProbe(Fixture.hypersched { $0.allocation = .random }, capacity: 32)
        let others = [Fixture.running(2, slots: 1, score: 0.9)]
        let first = probe.resize(slots: 1, at: 10, others: others)
        #expect(first == probe.resize(slots: 1, at: 10, others: others))
        let sizes = Set((6..<30).map { probe.resize(slots: 1, at: 10, reports: $0, others: others).target ?? 1 })
        #expect(sizes.count > 5)
    }
}
