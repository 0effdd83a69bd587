import HyperSchedProtocol
import Simulator
import Testing

@testable import Scheduler

/// Deadlines that are hardly there or never come, steps that nobody reaches, starts that cost as much as the training.
@Suite struct DeadlineEdgeTests {
    typealias Oracle = DeadlineOracleTests

    @Test(arguments: [0.05, 0.5, 1.1, 1.5, 2.5, 5])
    func aVeryShortDeadlineIsKeptAndUsed(seconds: Double) {
        let outcome = Oracle.run(Oracle.spec(seconds: seconds), slots: 4, startup: 0.2, stop: 0.05, Oracle.mixed)
        #expect(outcome.state == .deadlineReached && outcome.endedSeconds <= seconds + 0.001)
        // A start, one step of 1 s and a stop take 1.25 s.
        #expect((outcome.best != nil) == (seconds > 1.3))
        #expect(outcome.attempts.count >= 4 || seconds < 0.1, "all slots are tried")
    }

    @Test func aDeadlineThatNeverComesLeavesNothingUntried() {
        let century = 100 * 365 * 86_400.0
        let outcome = Oracle.run(Oracle.spec(seconds: century, trials: 30), slots: 4, startup: 0.2, Oracle.mixed)
        #expect(outcome.state == .finished, "when all configurations have been trained")
        let tops = (0..<30).map { Oracle.mixed($0).objective.last! }
        #expect(outcome.best == tops.max())
    }

    @Test(arguments: [1_000, 1_000_000_000])
    func stepsThatNobodyReachesChangeLittle(most: Int) {
        let long: @Sendable (Int) -> SimulatedTrial = {
            Oracle.curve(0.3 + 0.6 * Double($0 * 37 % 100) / 100, steps: 1_000, seconds: 1)
        }
        let outcome = Oracle.run(Oracle.spec(seconds: 120, max: most), slots: 4, startup: 0.2, long)
        // The best curve alone would be at 0.9 · 470/475 on four slots, and at 0.9 · 119/124 on one.
        #expect(outcome.best! > 0.8, "\(outcome.best!)")
        #expect(outcome.trialsStarted >= 8)
    }

    /// A start takes as long as five or twenty steps.
    @Test(arguments: [5.0, 20])
    func dearStartsMakeFewerOfThem(startup: Double) {
        func run(_ startup: Double) -> SimulationOutcome {
            Oracle.run(Oracle.spec(seconds: 200), slots: 4, startup: startup, stop: 1, Oracle.mixed)
        }
        let (cheap, dear) = (run(0.2), run(startup))
        #expect(dear.restarts < cheap.restarts)
        #expect(dear.trialsStarted < cheap.trialsStarted)
        #expect(Double(dear.attempts.count) * startup < 0.75 * 4 * 200, "\(dear.attempts.count) starts")
        #expect(dear.best! > 0.7, "\(dear.best!)")
    }

    @Test func theGainStillToComeIsALogNormalShareOrNothing() {
        let early = SweepGain(headroom: 2, passed: 0)
        #expect(abs(early.quantile(0.5) - 0.2) < 1e-9, "a tenth of the headroom")
        for probability in [0.05, 0.3, 0.6, 0.95] {
            #expect(abs(early.probability(ofAtLeast: early.quantile(probability)) - (1 - probability)) < 1e-9)
        }
        let late = SweepGain(headroom: 2, passed: 1)
        #expect(late.quantile(0.39) == 0 && late.quantile(0.41) > 0)
        #expect(late.probability(ofAtLeast: 1e-300) <= 0.6)
        #expect(late.probability(ofAtLeast: 0) == 1 && late.probability(ofAtLeast: -1) == 1)
        let flat = SweepGain(headroom: 0, passed: 0.5)
        #expect(flat.quantile(0.9) == 0 && flat.probability(ofAtLeast: 0.1) == 0)
    }
}
