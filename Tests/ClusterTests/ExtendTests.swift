import HyperSchedProtocol
import Testing

@testable import Scheduler

/// A deadline that is moved.
@Suite struct ExtendTests {
    private static let policies: [PolicySpec] = [
        .fifo, .asha(ASHAOptions(kind: .stopping)), .hypersched(HyperSchedOptions(dropAtClosing: false)),
        // Judged late, so that it is the deadline that stops the trial and not its rank.
        .deadline(DeadlineOptions(firstRung: 1)),
    ]

    private func extend(
        _ scene: inout Scene, _ sweep: SweepID, by seconds: Double, timings: [ReportTiming]? = []
    ) -> EventResult {
        let deadline = max(scene.now, scene.state.sweep(sweep)!.spec.deadline).advanced(bySeconds: seconds)
        return scene.apply(.sweepExtended(sweep, deadline: deadline, timings: timings))
    }

    private func isRefused(_ result: EventResult, _ code: String) -> Bool {
        if case .refused(let problem) = result { return problem.code == code }
        return false
    }

    @Test(arguments: policies) func whatTheDeadlineStoppedGoesOnFromItsCheckpoint(_ policy: PolicySpec) {
        var scene = Scene()
        scene.join(slots: 1)
        let sweep = scene.submit(Scene.spec(policy: policy, seconds: 100, trials: 3))
        scene.report(1, step: 1, 0.5)
        scene.checkpoint(1, step: 1, 0.5)
        scene.pass(99)
        scene.end(1, .interrupted, stopSeconds: 0.1)
        scene.pass(1)
        #expect(scene.state.sweep(sweep)!.state == .deadlineReached && scene.trial(1).state == .paused)
        scene.pass(3600)
        #expect(extend(&scene, sweep, by: 100) == .done)
        let record = scene.state.sweep(sweep)!
        #expect(record.state == .running && record.endedAt == nil && record.stateReason == nil)
        #expect(record.spec.deadline == scene.now.advanced(bySeconds: 100))
        #expect(scene.lease(1)?.resumeFrom?.step == 1, "the stopped trial goes first, from its checkpoint")
        #expect(scene.decisions.contains { $0.kind == .extend && $0.reason.rule == "extended" })
        scene.report(1, step: 2, 0.7)
        #expect(scene.trial(1).bestScore == 0.7)
    }

    @Test func aRunningSweepGetsMoreTime() {
        var scene = Scene()
        scene.join(slots: 1)
        let sweep = scene.submit(Scene.spec(seconds: 100))
        #expect(extend(&scene, sweep, by: 50) == .done)
        scene.report(1, step: 1, 0.5)
        scene.pass(120)
        #expect(scene.lease(1)!.goal == .run)
        scene.pass(30)
        #expect(scene.lease(1)!.goal != .run)
    }

    @Test func moreTimeInTheLastSecondsPutsTrialsBackInLine() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Scene.spec(seconds: 100, trials: 2))
        for trial in [1, 2] as [Int64] {
            scene.report(trial, step: 1, 0.5)
            scene.checkpoint(trial, step: 1, 0.5)
        }
        scene.pass(99)
        #expect(scene.state.leases.allSatisfy { $0.goal == .stop })
        scene.end(1, .interrupted)
        #expect(scene.trial(1).state == .paused)
        #expect(extend(&scene, sweep, by: 100) == .done)
        #expect(scene.trial(1).state == .running, "it had stopped already, and starts again")
        scene.end(2, .interrupted)
        #expect(scene.trial(2).state == .running, "it was about to stop")
    }

    @Test func whatCanNotGoOnIsRefused() {
        var scene = Scene()
        scene.join(slots: 1)
        #expect(isRefused(scene.apply(.sweepExtended(SweepID(9), deadline: scene.now, timings: [])), "not_found"))
        let sweep = scene.submit(Scene.spec(seconds: 100, target: 0.9))
        #expect(isRefused(extend(&scene, sweep, by: -1), "invalid_deadline"))
        #expect(extend(&scene, sweep, by: 0) == .done, "the same deadline again is no mistake")
        scene.report(1, step: 1, 0.95)
        scene.end(1, .exited)
        #expect(scene.state.sweep(sweep)!.state == .finished)
        #expect(isRefused(extend(&scene, sweep, by: 10), "not_extendable"))
        let cancelled = scene.submit(Scene.spec(seconds: 100))
        scene.apply(.sweepCancelled(cancelled))
        #expect(isRefused(extend(&scene, cancelled, by: 10), "not_extendable"))
    }

    @Test func anEndedSweepNeedsItsTimings() {
        var scene = Scene()
        let sweep = scene.submit(Scene.spec(seconds: 100))
        scene.pass(100)
        scene.apply(.tick)
        #expect(scene.state.sweep(sweep)!.state == .deadlineReached)
        #expect(isRefused(extend(&scene, sweep, by: 10, timings: nil), "ended_meanwhile"))
        #expect(scene.state.sweep(sweep)!.state == .deadlineReached)
    }
}
