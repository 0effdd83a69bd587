import HyperSchedProtocol
import Testing

@testable import Scheduler

/// O42: T < S + r × base is said before anything is started.
@Suite struct FeasibilityTests {
    private static func spec(
        seconds: Double, min: Int = 2, max: Int = 10, start: Timestamp, change: (inout SweepSpec) -> Void = { _ in }
    ) -> SweepSpec {
        var spec = Scene.spec(seconds: seconds, max: max, start: start)
        spec.steps.min = min
        change(&spec)
        return spec
    }

    /// A sweep of the same program has shown S = 20 s and 10 s for an epoch, and has ended.
    private static func known() -> Scene {
        var scene = Scene()
        scene.join(slots: 1)
        let first = scene.submit(spec(seconds: 1000, start: scene.now))
        scene.now = scene.now.advanced(bySeconds: 30)
        let report = TrialReport(
            attempt: scene.attempt(1), sequence: 1, step: 1, metrics: ["acc": 0.5], elapsedSeconds: 30, setupSeconds: 20
        )
        scene.apply(.reported(scene.agent, ReportBatch(session: "s", reports: [report], ended: [])))
        scene.apply(.sweepCancelled(first))
        scene.end(1, .killed)
        #expect(scene.state.activeSweeps.isEmpty)
        return scene
    }

    @Test func anEarlierSweepOfTheProgramIsRemembered() {
        let scene = Self.known()
        let pace = MeasuredPace(setupSeconds: 20, stepSeconds: 10, minSlots: 1, unit: "epoch")
        #expect(scene.state.sweep(SweepID(1))!.pace == pace)
        let found = scene.state.pace(for: Self.spec(seconds: 50, start: scene.now))
        #expect(found?.pace == pace && found?.sweep == SweepID(1))
        let other = Self.spec(seconds: 50, start: scene.now) { $0.program = .command(["y"]) }
        #expect(scene.state.pace(for: other) == nil, "another program")
        let steps = Self.spec(seconds: 50, start: scene.now) { $0.steps.unit = "batch" }
        #expect(scene.state.pace(for: steps) == nil, "other steps")
    }

    @Test(arguments: [
        // Needs 20 + 2 × 10 = 40 s; 3 s are kept for last checkpoints.
        (43.0, nil, true), (42.9, "no trial can reach the first rung (epoch 2)", false),
        (122.9, "no trial can reach epoch 10 on 1 slot", false), (123, nil, false),
    ])
    func theBoundIsExact(seconds: Double, says: String?, onlyRemark: Bool) {
        let scene = Self.known()
        let found = scene.state.feasibility(of: Self.spec(seconds: seconds, start: scene.now), at: scene.now)!
        let text = found.obstacle ?? found.remark
        if let says { #expect(text?.hasPrefix(says) == true, "\(text ?? "nothing")") }
        if onlyRemark { #expect(found.obstacle == nil && found.remark != nil) }
        if seconds == 123 { #expect(text == nil) }
    }

    @Test func itIsSaidAtSubmissionAndNoLongerOnceATrialHasAScore() {
        var scene = Self.known()
        let sweep = scene.submit(Self.spec(seconds: 35, start: scene.now))
        let warning = scene.state.warnings(for: sweep, at: scene.now)
        #expect(
            warning == [
                "no trial can reach the first rung (epoch 2): a start takes 20 s and one epoch 10 s on 1 slot in sweep 1, "
                    + "so that needs 40 s, but 32 s are left for training. Choose a later deadline or a smaller steps.min"
            ])
        scene.report(2, step: 1, 0.5)
        #expect(scene.state.warnings(for: sweep, at: scene.now) == [])
    }

    @Test func whatItSaysComesFromTheSweepItselfAsSoonAsItHasTrained() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Self.spec(seconds: 100, min: 5, start: scene.now))
        #expect(scene.state.warnings(for: sweep, at: scene.now) == [], "nothing is known yet")
        // A report without the objective tells of the speed all the same.
        scene.now = scene.now.advanced(bySeconds: 60)
        scene.report(1, step: 1, nil, elapsed: 60, other: ["loss": 1.0])
        let warning = scene.state.warnings(for: sweep, at: scene.now)
        #expect(warning.count == 1 && warning[0].contains("one epoch 60 s on 1 slot in sweep 1"), "\(warning)")
    }

    @Test func aBudgetMayBeTooSmall() {
        let scene = Self.known()
        let spec = Self.spec(seconds: 1000, start: scene.now) { $0.budget = SweepBudget(slotHours: 0.01) }
        let found = scene.state.feasibility(of: spec, at: scene.now)
        #expect(found?.obstacle?.hasPrefix("budget.slot_hours is 0.01, 36 s of one trial on 1 slot") == true)
        let enough = Self.spec(seconds: 1000, start: scene.now) { $0.budget = SweepBudget(slotHours: 0.02) }
        #expect(scene.state.feasibility(of: enough, at: scene.now)?.obstacle == nil)
    }

    @Test func stepsInSecondsNeedNoMeasurement() {
        let scene = Scene()
        let spec = Self.spec(seconds: 50, start: scene.now) {
            $0.steps = StepRange(unit: "second", min: 60, max: 600, countsSeconds: true)
        }
        let found = scene.state.feasibility(of: spec, at: scene.now)
        #expect(found?.obstacle?.hasPrefix("no trial can reach the first rung (60 s of training)") == true)
    }

    @Test func agentsThatAllEndTooSoonAreWarnedOf() {
        var scene = Scene()
        let sweep = scene.submit(Scene.spec())
        func join(_ name: String, ends: Double?) {
            scene.apply(
                .agentSynced(
                    AgentID(name),
                    AgentSync(
                        session: "s", slots: [Slot(index: 0, kind: .cpu)], labels: [:], attempts: [], seenVersion: 0,
                        waitSeconds: 0, version: "1", endsInSeconds: ends)))
        }
        join("a", ends: 600)
        join("b", ends: 300)
        let warnings = scene.state.warnings(for: sweep, at: scene.now)
        #expect(
            warnings == [
                "all agents that suit the sweep end before its deadline, the last one in 600 s: start others by then"
            ])
        #expect(scene.state.secondsToEnd(of: AgentID("b"), at: scene.now.advanced(bySeconds: 100)) == 200)
        #expect(scene.state.secondsToEnd(of: AgentID("b"), at: scene.now.advanced(bySeconds: 400)) == 0)
        join("c", ends: nil)
        #expect(scene.state.warnings(for: sweep, at: scene.now) == [])
        #expect(scene.state.secondsToEnd(of: AgentID("c"), at: scene.now) == nil)
    }
}
