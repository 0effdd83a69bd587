import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct MedianTests {
    /// A policy that is told reports; every trial runs from the start.
    struct Probe {
        let spec: SweepSpec
        var policy: AnyPolicy

        init(_ options: MedianOptions, steps: ClosedRange<Int> = 1...20, trials: Int64 = 12) {
            spec = Fixture.spec(.median(options), steps: steps)
            policy = AnyPolicy(spec)
            for id in 1...trials { policy.onStarted(TrialID(id), slots: 1) }
        }

        mutating func report(_ id: Int64, _ step: Int, _ score: Double) -> Verdict {
            policy.onReport(Fixture.report(id, step: step, score), of: Fixture.trial(id), in: Fixture.view(spec))
        }

        /// One letter per score, from step 1 on.
        mutating func curve(_ id: Int64, _ scores: [Double]) -> String {
            scores.enumerated().map { report(id, $0.offset + 1, $0.element).letter }.joined()
        }
    }

    private func probe(_ options: MedianOptions = MedianOptions(), steps: ClosedRange<Int> = 1...20) -> Probe {
        var probe = Probe(options, steps: steps)
        // Averages at step 2: 0.6, 0.4, 0.2; values 0.9, 0.5, 0.1; best 0.9, 0.5, 0.3.
        for (id, scores) in [(1, [0.3, 0.9]), (2, [0.3, 0.5]), (3, [0.3, 0.1])] as [(Int64, [Double])] {
            #expect(probe.curve(id, scores) == "CC")
        }
        return probe
    }

    @Test(
        "Vizier: the best so far against the median of the averages; a tie goes on",
        arguments: [([0.39, 0.2], "CS"), ([0.4, 0.2], "CC"), ([0.2, 0.4], "SC"), ([0.3, 0.39], "CS")])
    func average(scores: [Double], expected: String) {
        var probe = probe()
        #expect(probe.curve(4, scores) == expected)
    }

    @Test(
        "The median of other statistics",
        arguments: [
            (MedianOptions.Statistic.average, 0.4), (.best, 0.5), (.value, 0.5),
        ])
    func statistics(statistic: MedianOptions.Statistic, median: Double) {
        var probe = probe(MedianOptions(statistic: statistic))
        _ = probe.report(4, 1, 0.3)
        let below = probe.report(4, 2, median - 0.01)
        #expect(below.letter == "S")
        #expect(abs((below.reason?.numbers["median"]?.number ?? 0) - median) < 1e-12)
        _ = probe.report(5, 1, 0.3)
        #expect(probe.report(5, 2, median).letter == "C", "the trial before it moved no median above it")
    }

    @Test("Two middle values: their mean; rounding does not make a tie a loss")
    func evenCount() {
        var probe = Probe(MedianOptions(statistic: .value, minTrials: 2))
        #expect(probe.report(1, 1, 0.2).letter == "C")
        #expect(probe.report(2, 1, 0.5).letter == "C")
        #expect(probe.report(3, 1, 0.35).letter == "C")
        #expect(probe.report(4, 1, 0.3499).letter == "S", "now the median of three")
    }

    @Test("Nobody is judged before min_trials others are there, nor in the grace steps, nor between the points")
    func patience() {
        var few = Probe(MedianOptions(minTrials: 3))
        #expect(few.report(1, 1, 0.9).letter == "C")
        #expect(few.report(2, 1, 0.8).letter == "C")
        #expect(few.report(3, 1, 0.1).letter == "C")
        #expect(few.report(4, 1, 0.1).letter == "S")
        var grace = Probe(MedianOptions(graceSteps: 3, minTrials: 1))
        #expect(grace.curve(1, [0.9, 0.9, 0.9]) == "CCC")
        #expect(grace.curve(2, [0.1, 0.1, 0.1]) == "CCS")
        var interval = Probe(MedianOptions(minTrials: 1, interval: 3))
        #expect(interval.curve(1, [0.5, 0.5, 0.5, 0.9, 0.9]) == "CCCCC")
        #expect(interval.curve(2, [0.6, 0.1, 0.1, 0.1]) == "CCCC", "its best 0.6 is above the average 0.6 at step 4")
        #expect(interval.curve(3, [0.55, 0.1, 0.1, 0.1]) == "CCCC", "0.55 against 0.6 and 0.225")
        #expect(interval.curve(4, [0.2]) == "S")
    }

    @Test("Only complete trials count with peers: completed")
    func completedPeers() {
        var probe = Probe(MedianOptions(peers: .completed, minTrials: 1), steps: 1...4)
        #expect(probe.curve(1, [0.5, 0.6, 0.7, 0.8]) == "CCCC")
        #expect(probe.curve(2, [0.1]) == "C", "trial 1 is not complete yet")
        probe.policy.onEnded(TrialID(1), state: .completed)
        #expect(probe.report(2, 2, 0.1).letter == "S")
        probe.policy.onEnded(TrialID(2), state: .pruned)
        #expect(probe.report(3, 1, 0.45).letter == "S")
    }

    @Test("Steps that are repeated after a restart count once")
    func restarts() {
        var probe = probe()
        let before = probe.policy
        #expect(probe.report(1, 2, 0.1).letter == "C")
        #expect(probe.report(1, 1, 0.1).letter == "C")
        #expect(probe.policy == before)
    }

    @Test("A report that jumps over points of judgement is judged once, at the last one")
    func jumps() {
        var probe = probe()
        #expect(probe.report(4, 2, 0.1).letter == "S")
        // It has no average at step 1, where it never reported, and 0.1 at step 2.
        #expect(probe.policy.trialState(of: TrialID(4)).median?.points == [nil, 0.1])
        #expect(probe.report(1, 5, 0.8).letter == "C")
        let points = probe.policy.trialState(of: TrialID(1)).median?.points.map { $0! } ?? []
        #expect(points.count == 5 && points[2] == 0.6 && points[3] == 0.6 && abs(points[4] - 2 / 3) < 1e-12)
        #expect(probe.report(5, 4, 0.3).letter == "C", "only one other trial got to step 4")
    }

    @Test("A NaN is worse than anything and is in no average")
    func noNumber() {
        var probe = probe()
        #expect(probe.report(4, 1, Rung.worstScore).letter == "S")
        #expect(probe.policy.trialState(of: TrialID(4)).median?.points == [nil])
        _ = probe.report(1, 3, Rung.worstScore)
        #expect(probe.policy.trialState(of: TrialID(1)).median?.points[2] == 0.6)
    }

    @Test("action: pause keeps the trial; it goes on when nothing else can use the slots and is judged no more")
    func pausing() {
        var probe = probe(MedianOptions(action: .pause))
        #expect(probe.report(4, 1, 0.1).letter == "P")
        #expect(probe.report(5, 1, 0.2).letter == "P")
        // A report that was on its way moves it up among the paused ones.
        #expect(probe.report(4, 2, 0.25).letter == "C")
        for id in 4...5 { probe.policy.onEnded(TrialID(Int64(id)), state: .paused) }
        let view = Fixture.view(probe.spec, paused: [4, 5])
        #expect(probe.policy.choose(in: Fixture.view(probe.spec, paused: [4, 5], canCreate: true)).text == "new x1")
        #expect(probe.policy.choose(in: view).text == "start 4 x1")
        probe.policy.onStarted(TrialID(4), slots: 1)
        #expect(probe.report(4, 3, 0.01).letter == "C")
        #expect(probe.policy.choose(in: Fixture.view(probe.spec, paused: [5])).text == "start 5 x1")
        #expect(probe.policy.trialState(of: TrialID(4)).isFiller)
    }

    @Test("Points of judgement: at most 64 where the interval is not given")
    func points() {
        func points(_ steps: ClosedRange<Int>, _ options: MedianOptions = MedianOptions()) -> JudgementPoints {
            options.points(StepRange(min: steps.lowerBound, max: steps.upperBound))
        }
        #expect(points(1...81).interval == 2 && points(1...81).count == 40)
        #expect(points(1...30).interval == 1 && points(1...30).count == 29)
        #expect(points(1...1_000_000).count <= 64 && points(1...1_000_000).count > 60)
        #expect(points(5...5).count == 0)
        let spaced = JudgementPoints(first: 3, interval: 4, last: 12)
        #expect((0...13).map(spaced.passed) == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3])
        #expect(spaced.count == 3 && spaced[2] == 11)
    }

    @Test("Minimising is the mirror of maximising")
    func mirror() {
        func reason(_ goal: Metric.Goal) -> String? {
            let options = MedianOptions(statistic: .value, minTrials: 1)
            let spec = Fixture.spec(.median(options), goal: goal)
            var policy = AnyPolicy(spec)
            for id in 1...2 { policy.onStarted(TrialID(Int64(id)), slots: 1) }
            var last: Reason?
            for (id, value) in [(1, 0.5), (2, 0.4)] as [(Int64, Double)] {
                let value = goal == .maximize ? value : 1 - value
                last =
                    policy.onReport(
                        Fixture.report(id, step: 1, spec.metric.score(of: value)), of: Fixture.trial(id),
                        in: Fixture.view(spec)
                    ).reason
            }
            return last?.text
        }
        #expect(
            reason(.maximize)
                == "pruned at step 1: its best 0.4 is below 0.5, the median of the objectives of 1 other trial there")
        #expect(
            reason(.minimize)
                == "pruned at step 1: its best 0.6 is above 0.5, the median of the objectives of 1 other trial there")
    }
}
