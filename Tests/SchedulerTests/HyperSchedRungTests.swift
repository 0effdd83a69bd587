import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct HyperSchedRungTests {
    @Test("O6: retrospective pausing, then what is promotable")
    func o6() {
        var probe = RungProbe(Fixture.published)
        let story: [(Character, Int, Double, String)] = [
            ("A", 1, 0.5, "C"), ("B", 1, 0.4, "C"), ("C", 1, 0.3, "P"), ("A", 2, 0.55, "C"), ("B", 2, 0.6, "P"),
            ("D", 1, 0.45, "C"), ("D", 2, 0.9, "P"), ("E", 1, 0.44, "P"), ("A", 3, 0.56, "C"),
        ]
        for (name, step, score, expected) in story {
            #expect(probe.report(name, step, score).letter == expected, "\(name)@\(step)")
        }
        #expect(probe.promotable() == "D")
    }

    @Test("O7: a first report at step 5 fills rungs 1 and 4 with the same score, not 16")
    func o7() {
        var probe = RungProbe(Fixture.published)
        _ = probe.report("A", 5, 0.7)
        let rungs = probe.policy.trialState(of: TrialID(1)).rungs
        #expect(rungs.map(\.milestone) == [1, 4] && rungs.allSatisfy { $0.score == 0.7 && !$0.paused })
    }

    @Test("O8: paused at the higher rung and not recorded at the lower one")
    func o8() {
        var probe = RungProbe(Fixture.published)
        #expect(probe.arrivals([0.9, 0.8, 0.1], at: 4) == "CCP")
        let rungs = probe.policy.trialState(of: TrialID(3)).rungs
        #expect(rungs == [PolicyTrialState.RungScore(milestone: 4, score: 0.1, paused: true)])
    }

    @Test("O9: a trial resumed below the cut-off is paused at its next report even with the best score (P)")
    func o9() {
        var probe = RungProbe(Fixture.published)
        #expect(probe.arrivals([0.5, 0.4, 0.3]) == "CCP")
        probe.resume("C")
        let verdict = probe.report("C", 2, 0.99)
        #expect(verdict.letter == "P")
        #expect(
            verdict.reason?.text == "paused at rung 1: its 0.3 (recorded there) is now below the cut-off 0.45 "
                + "(75th percentile of 3 trials there)")
    }

    @Test("O9 (R): while a running trial can use the slots nothing unpromotable is resumed; a filler is left alone")
    func o9Repaired() {
        var probe = RungProbe(Fixture.repaired)
        #expect(probe.arrivals([0.5, 0.4, 0.3]) == "CCP")
        let growing = Fixture.view(probe.spec, elapsed: 10, capacity: 4, running: [Fixture.running(1)], paused: [3])
        #expect(probe.policy.choose(in: growing).rule == "reserved")
        let full = [Fixture.running(1, slots: 3)]
        let spec = Fixture.spec(Fixture.repaired, maxSlots: 3)
        let capped = Fixture.view(spec, elapsed: 10, capacity: 4, running: full, paused: [3])
        #expect(probe.policy.choose(in: capped).text == "start 3 x1")
        probe.resume("C")
        #expect(probe.report("C", 2, 0.31).letter == "C")
        #expect(probe.report("C", 3, 0.32).letter == "C")
        // At its next rung it is tested like any other trial.
        _ = probe.report("A", 4, 0.6)
        _ = probe.report("B", 4, 0.5)
        #expect(probe.report("C", 4, 0.33).letter == "P")
        #expect(!probe.policy.trialState(of: TrialID(3)).isFiller)
    }

    @Test(
        "O11: at the last step a trial is not tested at all: whoever asks ends it, best or not", arguments: [100, 101])
    func o11(step: Int) {
        for policy in [Fixture.published, Fixture.asha, Fixture.ashaStopping] {
            var probe = RungProbe(policy)
            _ = probe.arrivals([0.5, 0.6, 0.7])
            let before = probe.policy
            #expect(probe.report("D", step, 0.01).letter == "C")
            #expect(probe.policy == before)
        }
    }

    @Test(
        "O13: minimising x decides like maximising -x",
        arguments: [
            Fixture.published, Fixture.repaired, Fixture.asha, Fixture.ashaStopping,
        ])
    func o13(policy: PolicySpec) {
        var up = RungProbe(policy)
        var down = RungProbe(policy, goal: .minimize)
        for draw in 0..<120 {
            let random = CounterRandom(seed: 13)
            let name = Character(UnicodeScalar(UInt8(65 + random.below(26, at: UInt64(3 * draw)))))
            let step = 1 + random.below(99, at: UInt64(3 * draw + 1))
            let value = random.normal(at: UInt64(3 * draw + 2))
            let verdict = down.report(name, step, value)
            #expect(up.report(name, step, -value).letter == verdict.letter)
            if let text = verdict.reason?.text, text.contains("cut-off") {
                #expect(text.contains("above the cut-off") && text.contains("25th percentile"))
            }
        }
        #expect(up.promotable() == down.promotable())
    }

    @Test("O13: a report without the metric never reaches the rungs; it only tells how fast the trial is")
    func o13Missing() {
        var probe = RungProbe(Fixture.published)
        _ = probe.arrivals([0.5, 0.4])
        let before = probe.policy.trialState(of: TrialID(1))
        probe.policy.observe(Fixture.timing(1, 2))
        #expect(probe.policy.trialState(of: TrialID(1)) == before)
    }

    @Test("Worked example of the documentation: six trials at rung 4")
    func workedExample() throws {
        var probe = RungProbe(Fixture.published)
        // Alternating, so that every one but the last passes when it arrives.
        #expect(probe.arrivals([0.70, 0.71, 0.72, 0.74, 0.75, 0.76], at: 4) == "CCCCCC")
        let reason = try #require(probe.report("G", 4, 0.712).reason)
        #expect(
            reason.text == "paused at rung 4: its 0.712 is below the cut-off 0.7475 (75th percentile of 6 trials there)"
        )
        #expect(reason.rule == "rung_cutoff")
        #expect(reason.rivals == [TrialID(6), TrialID(5), TrialID(4)])
        #expect(reason.numbers["value"] == 0.712 && reason.numbers["trials"] == 6.0 && reason.numbers["rung"] == 4.0)
    }
}
