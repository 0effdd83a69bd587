import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Priority, weight and budget of a sweep that is there already.
@Suite struct AdjustTests {
    /// Two sweeps on four slots, two each, all with a checkpoint, and older than the time for which they are left
    /// alone.
    private static func scene() -> (Scene, SweepID, SweepID) {
        var scene = Scene()
        scene.join(slots: 4)
        let (a, b) = (scene.submit(Scene.spec(max: 100)), scene.submit(Scene.spec(max: 100)))
        for _ in 0..<2 {
            scene.pass(70)
            for lease in scene.state.leases {
                let trial = lease.attempt.trial.rawValue
                scene.report(trial, step: scene.trial(trial).lastStep + 1, 0.5, elapsed: 70)
                scene.checkpoint(trial, step: scene.trial(trial).lastStep, 0.5)
            }
            for lease in scene.state.leases where lease.goal == .stop {
                scene.end(lease.attempt.trial.rawValue, .interrupted, stopSeconds: 0.5)
            }
        }
        return (scene, a, b)
    }

    private func code(_ result: EventResult) -> String {
        if case .refused(let problem) = result { problem.code } else { "done" }
    }

    @Test func aLargerWeightTakesSlotsFromTheOther() {
        var (scene, a, b) = Self.scene()
        #expect(scene.state.slotShare(of: a, at: scene.now)?.fair == 2)
        #expect(scene.state.slotsHeld(by: b) == 2)
        scene.pass(70)
        #expect(scene.apply(.sweepAdjusted(a, SweepAdjustment(weight: 3))) == .done)
        #expect(scene.state.slotShare(of: a, at: scene.now)?.fair == 3)
        #expect(scene.decisions.contains { $0.kind == .adjust && $0.reason.text == "changed weight from 1 to 3" })
        let leaving = scene.state.leases.filter { $0.goal == .stop }
        #expect(leaving.count == 1 && leaving[0].sweep == b)
        scene.end(leaving[0].attempt.trial.rawValue, .interrupted, stopSeconds: 0.5)
        #expect(scene.state.slotsHeld(by: a) == 3 && scene.state.slotsHeld(by: b) == 1)
        // Said twice, it is done once.
        let before = scene.decisions.count
        #expect(scene.apply(.sweepAdjusted(a, SweepAdjustment(weight: 3))) == .done)
        #expect(scene.decisions.count == before)
    }

    @Test func aBudgetCanBeRaisedAndTheSweepExtended() {
        var scene = Scene()
        scene.join(slots: 1)
        var spec = Scene.spec(max: 100)
        spec.budget = SweepBudget(slotHours: 0.01)
        let id = scene.submit(spec)
        scene.pass(20)
        scene.report(1, step: 1, 0.5)
        scene.checkpoint(1, step: 1, 0.5)
        scene.pass(14)
        #expect(scene.state.sweep(id)!.state == .finished, "36 s but for a last checkpoint")
        scene.end(1, .interrupted, stopSeconds: 0.5)
        func extend() -> EventResult {
            scene.apply(.sweepExtended(id, deadline: spec.deadline.advanced(bySeconds: 10), timings: []))
        }
        guard case .refused(let problem) = extend() else { return #expect(Bool(false), "it would end at once") }
        #expect(problem.detail.contains("sweep adjust 1 --slot-hours"))
        #expect(code(scene.apply(.sweepAdjusted(id, SweepAdjustment(slotHours: 0.005)))) == "invalid_adjustment")
        #expect(scene.apply(.sweepAdjusted(id, SweepAdjustment(slotHours: 1))) == .done)
        #expect(extend() == .done)
        #expect(scene.state.sweep(id)!.state == .running && scene.lease(1)?.resumeFrom?.step == 1)
    }

    @Test(arguments: [
        (SweepAdjustment(), "weight"), (SweepAdjustment(weight: -1), "weight"),
        (SweepAdjustment(weight: .nan), "weight"),
        (SweepAdjustment(priority: 1001), "priority"), (SweepAdjustment(slotHours: 0), "slotHours"),
        (SweepAdjustment(slotHours: .infinity), "slotHours"),
    ])
    func badValuesAreNamed(adjustment: SweepAdjustment, field: String) {
        var (scene, a, _) = Self.scene()
        guard case .refused(let problem) = scene.apply(.sweepAdjusted(a, adjustment)) else {
            return #expect(Bool(false), "\(adjustment) was taken")
        }
        #expect(problem.status == 422 && problem.errors.map(\.field) == [field])
    }

    @Test func whatIsOverIsNotChanged() {
        var (scene, a, _) = Self.scene()
        scene.apply(.sweepCancelled(a))
        #expect(code(scene.apply(.sweepAdjusted(a, SweepAdjustment(weight: 2)))) == "sweep_over")
        #expect(code(scene.apply(.sweepAdjusted(SweepID(99), SweepAdjustment(weight: 2)))) == "not_found")
    }
}
