import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct DeadlineRestoreTests {
    /// Speeds of trials that were resized teach s(a); the prior stands until then.
    @Test func scalingIsLearnedFromResizes() {
        var speed = ForecastSpeed(minSlots: 1, scaling: nil)
        #expect(speed.speed(1) == 1)
        #expect(speed.speed(2) > 1.4 && speed.speed(2) < 2)
        for id in 1...20 {
            for (slots, seconds) in [(1, 10.0), (4, 5.0)] {
                speed.observe(
                    ReportTiming(
                        trial: TrialID(Int64(id)), iterationSeconds: seconds, iterationSteps: 1, setupSeconds: 2,
                        slots: slots))
            }
        }
        #expect(abs(speed.speed(4) - 2) < 0.1, "four slots are twice as fast")
        #expect(speed.setup == 2)
        #expect(abs(speed.typicalBase! - 10) < 1e-9)
    }

    @Test func moreSlotsThanFastestAreNotUsed() {
        let table = [(1, 1.0), (8, 2.75), (16, 2.4)].map { ScalingPoint(slots: $0.0, speed: $0.1) }
        #expect(ForecastSpeed(minSlots: 1, scaling: table).fastest(upTo: 32) == 8)
    }

    /// What is learned from curves does not depend on the order in which trials reached their milestones.
    @Test func curvesAreLearnedInAnyOrder() {
        let trials = (0..<5).map { trial in
            (0..<4).map { CurveSketch.Mark(index: $0, best: Double(trial * ($0 + 1))) }
        }
        func learn(_ order: [Int]) -> ForecastCurves {
            var curves = ForecastCurves(extrapolates: true)
            for trial in order {
                for count in 1...4 { curves.milestone(count - 1, Array(trials[trial].prefix(count))) }
            }
            return curves
        }
        #expect(learn([0, 1, 2, 3, 4]) == learn([4, 2, 0, 3, 1]))
    }
}
