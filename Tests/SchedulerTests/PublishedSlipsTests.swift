import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Column P of oracles whose published behaviour is a slip: kept with `publishedSlips`, not without. And the switches
/// of the published code that are left out of the other suites.
@Suite struct PublishedSlipsTests {
    static let slips = Fixture.hypersched { $0.publishedSlips = true }

    @Test("O4 (P): 0.35 is below the 75th percentile of 0.2 and 0.4, which is 0.35000000000000003")
    func o4() {
        var published = RungProbe(Self.slips)
        #expect(published.arrivals([0.2, 0.4, 0.35]) == "CCP")
        var repaired = RungProbe(Fixture.published)
        #expect(repaired.arrivals([0.2, 0.4, 0.35]) == "CCC")
    }

    @Test("O12 (P): one NaN at a rung switches it off: nobody is paused there and nobody promoted")
    func o12() {
        var probe = RungProbe(Self.slips)
        #expect(probe.arrivals([0.5, 0.4, 0.3]) == "CCP")
        #expect(probe.promotable() == "")
        #expect(probe.report("D", 1, .nan).letter == "C")
        for (name, score) in [("E", 0.01), ("F", 0.9), ("G", 0.0)] as [(Character, Double)] {
            #expect(probe.report(name, 1, score).letter == "C")
        }
        // Retrospectively, too: B is now far below the percentile of the numbers that are there.
        #expect(probe.report("B", 2, 0.1).letter == "C")
        #expect(probe.promotable() == "")
    }

    @Test("O25: a trial without a score ranks first when maximising (P), last when minimising (P) and always (R)")
    func o25() {
        func target(_ slips: Bool, _ goal: Metric.Goal, score: Double?) -> Int? {
            let options = HyperSchedOptions(allocation: .topJob, cooldownReports: 0, publishedSlips: slips)
            let spec = Fixture.spec(.hypersched(options), steps: 1...1000, goal: goal)
            var policy = HyperSchedPolicy(spec: spec, options: options)
            // The unscored one, or one with 0.9, asks; the others hold one slot each.
            let running = [
                Fixture.running(1, score: score), Fixture.running(2, score: goal == .maximize ? 0.7 : -0.7),
                Fixture.running(3, score: goal == .maximize ? 0.6 : -0.8),
            ]
            policy.onStarted(TrialID(1), slots: 1)
            let view = Fixture.view(spec, running: running)
            _ = policy.onReport(Fixture.report(1, step: 2, 0.5), of: Fixture.trial(1), in: view)
            return policy.resize(Fixture.trial(1), in: view).target
        }
        #expect(target(true, .maximize, score: nil) == 6, "P: 1 6 1 of the oracle, seen from the unscored trial")
        #expect(target(false, .maximize, score: nil) == nil, "R")
        #expect(target(true, .minimize, score: nil) == nil, "P, minimising")
        #expect(target(false, .minimize, score: nil) == nil)
        #expect(target(true, .maximize, score: 0.9) == 6 && target(false, .maximize, score: 0.9) == 6)
    }

    @Test("O27: the linear table ends at 31 (P), or nowhere (R)")
    func o27() {
        #expect(ThroughputModel.linear(to: 31).speed(slots: 32) == 31)
        #expect(ThroughputModel.linear.speed(slots: 32) == 32)
        // 30 → 40 slots: 31/30 is no gain of 10 %, 40/30 is.
        func target(_ slips: Bool) -> Int? {
            ResizeProbe(Fixture.hypersched { $0.publishedSlips = slips }, capacity: 40)
                .resize(slots: 30, at: 10).target
        }
        #expect(target(true) == nil)
        #expect(target(false) == 40)
    }

    @Test("O35: grid 4, 3 slots, share 6: grows to 6 (P), to 4 (R); off-grid sizes forbid shrinking (P)")
    func o35() {
        func probe(_ slips: Bool, _ capacity: Int) -> ResizeProbe {
            ResizeProbe(
                Fixture.hypersched { ($0.allocationGrid, $0.publishedSlips) = (4, slips) }, capacity: capacity)
        }
        #expect(probe(true, 6).resize(slots: 3, at: 10).target == 6)
        #expect(probe(false, 6).resize(slots: 3, at: 10).target == 4)
        // Ten slots for two trials: five each.
        let other = [Fixture.running(2, slots: 2, score: 0.1)]
        #expect(probe(true, 10).resize(slots: 8, at: 10, others: other).target == nil)
        #expect(probe(false, 10).resize(slots: 8, at: 10, others: other).target == 4)
        // Sizes below the grid are free.
        #expect(probe(true, 6).resize(slots: 4, at: 10, others: other).target == 3)
        #expect(probe(false, 6).resize(slots: 4, at: 10, others: other).target == 3)
    }

    @Test("O33 (P): a trial grows by all of its share or not at all")
    func o33() {
        let probe = ResizeProbe(Fixture.published, capacity: 4)
        #expect(probe.resize(slots: 1, at: 10, free: 2).target == nil)
        #expect(probe.resize(slots: 1, at: 10, free: 3).target == 4)
        #expect(probe.resize(slots: 4, at: 10).target == nil, "target = current: no restart")
    }

    @Test("softmax: floor(E softmax(score)), the rest to the largest share; it ends for every input")
    func softmax() {
        func targets(_ units: Int, _ scores: [Double?], cap: Int = 1000) -> [Int] {
            let shares = scores.enumerated().map {
                Allocation.Share(trial: TrialID(Int64($0.offset + 1)), score: $0.element, isFiller: false)
            }
            return Allocation(rule: .softmax, units: units, maxUnits: cap, random: CounterRandom(seed: 0))
                .targets(shares)
        }
        // e^0, e^-1, e^-2: shares 0.665, 0.245, 0.090 of five units: 3, 1, 0 and one over.
        #expect(targets(8, [2, 1, 0]) == [5, 2, 1])
        #expect(targets(8, [0.5, 0.5]) == [4, 4])
        #expect(targets(8, [0.9, nil, 0.7], cap: 4) == [4, 1, 3])
        #expect(targets(8, [nil, nil, nil]) == [4, 2, 2], "published: an endless loop")
        #expect(targets(9, [-1e308, 1e308]) == [1, 8])
        #expect(targets(2, [1, 2, 3]) == [1, 1, 1])
    }

    @Test("pausing: false prunes at rungs and goes on drawing new trials")
    func withoutPausing() {
        var probe = RungProbe(Fixture.hypersched { $0.pausing = false })
        #expect(probe.arrivals([0.5, 0.4, 0.3]) == "CCS")
        probe.policy.onEnded(TrialID(3), state: .pruned)
        #expect(probe.policy.choose(in: Fixture.view(probe.spec, canCreate: true)).text == "new x1")
        // What admission drops is not drawn again: that is another thing.
        probe.policy.onEnded(TrialID(99), state: .pruned)
        #expect(probe.policy.choose(in: Fixture.view(probe.spec, canCreate: true)).text == "nothing")
    }
}
