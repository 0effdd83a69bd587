import HyperSchedProtocol
import Testing

@testable import Scheduler

/// One trial waits, one is paused, one slot is free; T = 3600 s, R = 200.
@Suite struct AdmissionTests {
    @Test("O15: a fresh start admits; later the bar is min((longest - S) η, R base)")
    func o15() {
        #expect(Scene(Fixture.published).choose(at: 0).text == "start 50 x1")
        let scene = Scene(Fixture.published, longest: 400, setup: 20, base: 30)
        #expect(scene.admission(at: 500).needed == 1520)
        #expect(scene.choose(at: 500).text == "start 50 x1")
        #expect(
            scene.choose(at: 500).reason.text
                == "started: 3100 s are left and it has a chance with 1520 s or more")
    }

    @Test("O16 (P): a trial that runs since the start closes admission at T/(1 + η); waiting and paused are dropped")
    func o16() {
        for (elapsed, expected) in [(719.0, "start 50 x1"), (720, "start 50 x1"), (721, "drop 40 50")] {
            let scene = Scene(Fixture.published, longest: elapsed, setup: 0)
            #expect(scene.choose(at: elapsed).text == expected, "\(elapsed)")
        }
    }

    @Test("O16 (P): what was dropped is not drawn again, even if the estimate falls later")
    func o16NotDrawnAgain() {
        var scene = Scene(Fixture.published, longest: 721, setup: 0)
        let view = Fixture.view(scene.spec, elapsed: 721, running: [Fixture.running(1)], paused: [40], canCreate: true)
        #expect(scene.policy.choose(in: view).text == "drop 40")
        scene.policy.onEnded(TrialID(40), state: .pruned)
        for _ in 0..<3 { scene.policy.observe(Fixture.timing(9, 0.1)) }
        #expect(scene.admission(at: 721).isOpen)
        let later = Fixture.view(scene.spec, elapsed: 722, running: [Fixture.running(1)], canCreate: true)
        #expect(scene.policy.choose(in: later).text == "nothing")
    }

    @Test("O16 (R): closed, but kept; started only when no running trial can use the slots")
    func o16Repaired() {
        let scene = Scene(Fixture.repaired, longest: 721, setup: 0)
        #expect(scene.choose(at: 721).rule == "reserved")
        #expect(scene.choose(at: 721, runningSlots: 8).rule == "no_slots")
        #expect(scene.choose(at: 721, running: false).text == "start 50 x1")
    }

    @Test("R: slots are not kept for a trial that can never be resized, as it writes no checkpoints")
    func notReserved() {
        let scene = Scene(Fixture.repaired, longest: 721, setup: 0)
        func choose(_ running: RunningTrial) -> String {
            scene.policy.choose(in: Fixture.view(scene.spec, elapsed: 721, running: [running], waiting: [50])).text
        }
        #expect(choose(Fixture.running(1, score: 0.5, checkpoint: true)) == "nothing")
        #expect(choose(Fixture.running(1, score: nil, checkpoint: false)) == "nothing")
        #expect(choose(Fixture.running(1, score: 0.5, checkpoint: false)) == "start 50 x1")
    }

    @Test("O17: elapsed 3000 admits (400 < 600), 3300 is closed")
    func o17() {
        let scene = Scene(Fixture.published, longest: 700, setup: 20, base: 2)
        #expect(scene.admission(at: 3000).needed == 400)
        #expect(scene.choose(at: 3000).text == "start 50 x1")
        #expect(scene.choose(at: 3300).rule == "admission_closed")
    }

    @Test("O18 (P): S above the longest training time lowers the bar below 0; after T nothing starts all the same")
    func o18() {
        let scene = Scene(Fixture.published, deadline: 900, longest: 30, setup: 60)
        #expect(scene.admission(at: 850).needed == -120)
        #expect(scene.choose(at: 850).text == "start 50 x1")
        #expect(scene.choose(at: 900).rule == "no_time")
        #expect(scene.choose(at: 905).rule == "no_time")
    }

    @Test("O18 (R): nothing starts that can not do its first rung before T")
    func o18Repaired() {
        let scene = Scene(Fixture.repaired, deadline: 900, longest: 30, setup: 60, base: 5)
        #expect(scene.choose(at: 830).text == "start 50 x1")
        #expect(scene.choose(at: 835).text == "start 50 x1")
        #expect(scene.choose(at: 836).rule == "no_time")
    }

    @Test("O19: no iteration on the smallest allocation yet: that term is left out")
    func o19() {
        var scene = Scene(Fixture.published)
        scene.policy.observe(Fixture.timing(1, 400, slots: 4))
        let admission = scene.admission(at: 500)
        #expect(admission.base == nil && admission.needed == (400 - -1) * 4)
    }

    @Test("O20 (R): the survivor is done at 40 % of T: a paused or waiting trial starts if S + r base fits")
    func o20() {
        let scene = Scene(Fixture.repaired, longest: 1440, setup: 20, base: 7)
        #expect(!scene.admission(at: 2300).isOpen)
        #expect(scene.choose(at: 2300).rule == "reserved")
        #expect(scene.choose(at: 2300, running: false).text == "start 50 x1")
        #expect(scene.choose(at: 3572, running: false).text == "start 50 x1")
        #expect(scene.choose(at: 3574, running: false).rule == "no_time")
        // Published: nothing is left by then.
        let published = Scene(Fixture.published, longest: 1440, setup: 20, base: 7.2)
        #expect(published.choose(at: 3000, running: false).text == "drop 40 50")
    }

    @Test("O21: fixed exploration 0.5, T = 100: open at 50.0, closed at 50.01, whatever the trials do")
    func o21() {
        let policy = Fixture.hypersched { $0.fixedExploration = 0.5 }
        for longest in [0.0, 40, 1000] {
            let scene = Scene(policy, deadline: 100, longest: longest)
            #expect(scene.choose(at: 50).text == "start 50 x1")
            #expect(scene.choose(at: 50.01).rule == "admission_closed")
        }
    }

    @Test("Ablations: without the job limit it stays open; without overhead S is 0")
    func ablations() {
        let unlimited = Scene(Fixture.hypersched { $0.limitAdmission = false }, longest: 3000, setup: 20, base: 30)
        #expect(unlimited.choose(at: 3599).text == "start 50 x1")
        let free = Scene(Fixture.hypersched { $0.countOverhead = false }, longest: 400, setup: 20, base: 30)
        #expect(free.admission(at: 500).needed == 1600)
    }

    @Test("Order of admission: interrupted, promotable, waiting, new, any paused trial that fits")
    func order() {
        var probe = RungProbe(Fixture.published, trials: 9)
        #expect(probe.arrivals([0.5, 0.4, 0.3, 0.45, 0.9, 0.46]) == "CCPCCP")
        // D is paused later by the others and is promotable by none of them; make F promotable by lower arrivals.
        for name in "GHI" { _ = probe.report(name, 1, 0.1) }
        #expect(probe.promotable() == "F")
        probe.policy.onEnded(TrialID(1), state: .waiting)
        let spec = probe.spec
        func choose(waiting: [Int64], paused: [Int64], canCreate: Bool) -> String {
            let view = Fixture.view(
                spec, elapsed: 1, running: [Fixture.running(2)], waiting: waiting, paused: paused,
                canCreate: canCreate)
            let choice = probe.policy.choose(in: view)
            return choice.text + " " + choice.rule
        }
        #expect(choose(waiting: [1, 20], paused: [3, 6, 7], canCreate: true) == "start 1 x1 interrupted")
        #expect(choose(waiting: [20], paused: [3, 6, 7], canCreate: true) == "start 6 x1 rung_promotion")
        #expect(choose(waiting: [20], paused: [3, 7], canCreate: true) == "start 20 x1 admission_open")
        #expect(choose(waiting: [], paused: [3, 7], canCreate: true) == "new x1 admission_open")
        #expect(choose(waiting: [], paused: [3, 7], canCreate: false) == "start 3 x1 rung_fill")
        #expect(choose(waiting: [], paused: [], canCreate: false) == "nothing exhausted")
    }

    @Test("Published: a paused trial resumes only with its old size, unless nothing runs")
    func oldSize() {
        var probe = RungProbe(Fixture.published)
        _ = probe.arrivals([0.5, 0.4])
        probe.policy.onStarted(TrialID(3), slots: 4)
        #expect(probe.report("C", 1, 0.3).letter == "P")
        let spec = probe.spec
        func choose(free: Int, running: [RunningTrial]) -> String {
            probe.policy.choose(in: Fixture.view(spec, running: running, paused: [3], free: free)).text
        }
        #expect(choose(free: 4, running: [Fixture.running(1)]) == "start 3 x4")
        #expect(choose(free: 3, running: [Fixture.running(1)]) == "nothing")
        #expect(choose(free: 3, running: []) == "start 3 x3")
    }

    @Test("A paused trial that is dropped leaves its rung's waiting list, not its scores")
    func dropped() {
        var probe = RungProbe(Fixture.published)
        #expect(probe.arrivals([0.5, 0.4, 0.3]) == "CCP")
        probe.policy.onEnded(TrialID(3), state: .pruned)
        let expected = [PolicyTrialState.RungScore(milestone: 1, score: 0.3, paused: false)]
        #expect(probe.policy.trialState(of: TrialID(3)).rungs == expected)
    }

    @Test("An interrupted trial survives the closing of admission")
    func interruptedSurvives() {
        var scene = Scene(Fixture.published, longest: 721, setup: 0)
        scene.policy.onStarted(TrialID(2), slots: 4)
        scene.policy.onEnded(TrialID(2), state: .waiting)
        let spec = scene.spec
        func choose(free: Int) -> String {
            scene.policy.choose(in: Fixture.view(spec, elapsed: 800, waiting: [2, 50], paused: [40], free: free)).text
        }
        #expect(choose(free: 0) == "drop 40 50")
        #expect(choose(free: 8) == "start 2 x4")
        #expect(choose(free: 2) == "start 2 x2")
    }

    @Test("S is the 90th percentile of the set of distinct start-up times, the base the median per step")
    func estimates() {
        var estimates = TimingEstimates(minSlots: 2)
        #expect(estimates.setup == -1 && estimates.longest == -1 && estimates.baseStepSeconds == nil)
        for setup in [1.0, 1, 1, 1, 11] { estimates.observe(Fixture.timing(1, 3, setup: setup, slots: 1)) }
        #expect(estimates.setup == 10 && estimates.baseStepSeconds == nil && estimates.longest == 15)
        for (seconds, steps) in [(4.0, 2), (9, 3), (10, 1)] {
            estimates.observe(Fixture.timing(2, seconds, steps: steps, slots: 2))
        }
        #expect(estimates.baseStepSeconds == 3 && estimates.longest == 23)
        estimates.observe(Fixture.timing(2, .nan, setup: .infinity, slots: 2))
        #expect(estimates.baseStepSeconds == 3 && estimates.setup == 10 && estimates.longest == 23)
    }

    /// Trial 1 runs, 40 is paused, 50 waits.
    struct Scene {
        let spec: SweepSpec
        var policy: HyperSchedPolicy

        init(
            _ policy: PolicySpec, deadline: Double = 3600, longest: Double? = nil, setup: Double? = nil,
            base: Double? = nil
        ) {
            spec = Fixture.spec(policy, steps: 1...200, deadline: deadline)
            guard case .hypersched(let options) = policy else { preconditionFailure("not a HyperSched policy") }
            self.policy = HyperSchedPolicy(spec: spec, options: options)
            if let base { self.policy.observe(Fixture.timing(1, base)) }
            if let longest { self.policy.observe(Fixture.timing(2, longest, setup: setup, slots: 4)) }
        }

        func admission(at elapsed: Double) -> Admission {
            Admission(Fixture.view(spec, elapsed: elapsed), policy.options, policy.estimates)
        }

        func choose(at elapsed: Double, running: Bool = true, runningSlots: Int = 1) -> Choice {
            var copy = policy
            copy.onStarted(TrialID(40), slots: 1)
            copy.onEnded(TrialID(40), state: .paused)
            return copy.choose(
                in: Fixture.view(
                    spec, elapsed: elapsed, running: running ? [Fixture.running(1, slots: runningSlots)] : [],
                    waiting: [50], paused: [40]))
        }
    }
}
