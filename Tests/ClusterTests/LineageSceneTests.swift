import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Population based training in the cluster: child trials, their checkpoints and what becomes of them.
@Suite struct LineageSceneTests {
    /// Four members, of which the fourth is the best; the first one has just been told to make room for a copy of it.
    private func exploited(action: PBTOptions.Action = .prune, trials: Int = 100) -> Scene {
        var scene = Scene()
        scene.join(slots: 4)
        scene.submit(Scene.spec(policy: .pbt(PBTOptions(interval: 2, action: action)), max: 20, trials: trials))
        for step in 1...2 {
            for id in 1...4 {
                scene.report(Int64(id), step: step, Double(id) / 10, elapsed: Double(step))
                scene.checkpoint(Int64(id), step: step, Double(id) / 10)
            }
        }
        scene.report(1, step: 3, 0.15, elapsed: 3)
        return scene
    }

    @Test func aChildGoesOnFromItsParentsCheckpoint() throws {
        var scene = exploited()
        #expect(scene.lease(1)!.goal == .stop && scene.lease(1)!.afterStop == .prune)
        #expect(scene.decisions.last { $0.kind == .prune }?.reason.rule == "exploit")
        // The parent goes on meanwhile: the child takes what is its latest one when it starts.
        scene.report(4, step: 3, 0.45, elapsed: 3)
        scene.checkpoint(4, step: 3, 0.45)
        scene.end(1, .interrupted, exit: 75)
        #expect(scene.trial(1).state == .pruned)
        let child = scene.trial(5)
        #expect(child.lineage == Lineage(parent: TrialID(4), parentStep: 3, replaces: TrialID(1)))
        #expect(child.index == 4 && child.configuration != scene.trial(4).configuration)
        let lease = try #require(scene.lease(5))
        #expect(lease.attempt == AttemptID(trial: TrialID(5), number: 1) && lease.slots == [0])
        #expect(lease.resumeFrom == scene.trial(4).latestCheckpoint && lease.resumeFrom?.step == 3)
        let decision = try #require(scene.decisions.last { $0.trial == TrialID(5) })
        #expect(decision.kind == .start && decision.reason.rule == "explore")
        let assignment = scene.state.desiredState(of: scene.agent, at: scene.now)!.assignments
            .first { $0.attempt.trial == TrialID(5) }
        #expect(assignment?.resumeFrom?.attempt.trial == TrialID(4))
        #expect(assignment?.configuration == child.configuration)
    }

    @Test func itsCurveBeginsAfterItsParentsStepAndIsItsOwn() {
        var scene = exploited()
        scene.end(1, .interrupted)
        #expect(scene.trial(5).lastStep == 2 && scene.trial(5).bestScore == nil)
        scene.report(5, step: 3, 0.5)
        #expect(scene.trial(5).lastStep == 3 && scene.trial(5).bestScore == 0.5)
        #expect(scene.trial(4).bestScore == 0.4)
        #expect(scene.changes.reports.last?.timing?.iterationSteps == 1)
    }

    @Test func untilItHasACheckpointOfItsOwnEveryAttemptBeginsAtTheParents() {
        var scene = exploited()
        scene.end(1, .interrupted)
        let inherited = scene.trial(4).latestCheckpoint
        scene.report(5, step: 3, 0.5)
        // The parent is gone, with a newer checkpoint; the child still begins where it began.
        scene.checkpoint(4, step: 3, 0.45)
        scene.end(4, .failed, exit: 65)
        #expect(scene.trial(4).state == .failed)
        scene.end(5, .failed, exit: 1)
        #expect(scene.lease(5)?.attempt.number == 2 && scene.lease(5)?.resumeFrom == inherited)
        #expect(scene.trial(5).lastStep == 2)
        scene.report(5, step: 3, 0.5)
        scene.checkpoint(5, step: 3, 0.5)
        #expect(scene.trial(5).latestCheckpoint?.attempt == scene.attempt(5))
        #expect(scene.trial(5).bestCheckpoint?.attempt == scene.attempt(5))
    }

    @Test func itsOwnCheckpointCountsWhateverTheNumberOfTheParentsAttempt() {
        var scene = exploited()
        scene.end(4, .interrupted, exit: 75)
        scene.end(4, .interrupted, exit: 75)
        scene.report(4, step: 3, 0.41)
        scene.checkpoint(4, step: 3, 0.41)
        #expect(scene.attempt(4).number == 3)
        scene.end(1, .interrupted)
        #expect(scene.lease(5)?.resumeFrom?.attempt.number == 3)
        scene.checkpoint(5, step: 3)
        #expect(scene.trial(5).latestCheckpoint?.attempt == AttemptID(trial: TrialID(5), number: 1))
        // An older one that was on its way changes nothing.
        scene.checkpoint(5, step: 2)
        #expect(scene.trial(5).latestCheckpoint?.step == 3)
    }

    @Test func aPausedLoserKeepsItsCheckpointAndIsNotResumedWhileMembersNeedSlots() {
        var scene = exploited(action: .pause)
        #expect(scene.lease(1)!.afterStop == .pause)
        scene.checkpoint(1, step: 3)
        scene.end(1, .interrupted)
        #expect(scene.trial(1).state == .paused && scene.trial(1).latestCheckpoint?.step == 3)
        #expect(scene.lease(5) != nil && scene.lease(1) == nil)
        scene.pass(10)
        #expect(scene.lease(1) == nil)
    }

    @Test func childrenCountAsTrials() {
        var scene = exploited(trials: 5)
        scene.end(1, .interrupted)
        #expect(scene.lease(5) != nil)
        scene.report(2, step: 3, 0.01, elapsed: 3)
        #expect(scene.lease(2)!.goal == .run, "no trial is left for another child, so the worst one goes on")
    }

    @Test func aSweepThatIsRestoredMakesTheSameChild() {
        var scene = exploited()
        var store = InMemoryStore()
        var again = scene
        // Everything there is, as rows.
        var all = ClusterChanges()
        all.sweeps = scene.state.sweeps
        all.trials = scene.state.trials.values.sorted { $0.id < $1.id }
        all.agents = scene.state.agents
        all.leases = scene.state.leases
        store.commit(all)
        again.state = ClusterState(
            restoring: store.load(lastSweep: scene.state.lastSweep), settings: scene.state.settings, at: scene.now)
        scene.end(1, .interrupted)
        again.end(1, .interrupted)
        #expect(again.trial(5) == scene.trial(5) && again.lease(5) == scene.lease(5))
        #expect(again.decisions.last?.reason == scene.decisions.last?.reason)
    }
}
