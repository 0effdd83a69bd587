import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct ClusterSceneTests {
    @Test func aSweepWithoutAgentsWaitsAndSaysWhy() {
        var scene = Scene()
        let sweep = scene.submit(Scene.spec())
        #expect(scene.state.sweep(sweep)!.state == .queued)
        #expect(scene.state.warnings(for: sweep, at: scene.now)[0].contains("hypersched agent --daemon"))
        scene.join(slots: 1)
        #expect(scene.state.sweep(sweep)!.state == .running)
        #expect(scene.lease(1)?.slots == [0])
    }

    @Test func freeSlotsAreFilledAtOnce() {
        var scene = Scene()
        scene.join(slots: 3)
        scene.submit(Scene.spec())
        #expect(scene.state.leases.map(\.slots) == [[0], [1], [2]])
        scene.report(2, step: 10, 0.5)
        #expect(scene.lease(2)!.goal == .stop)
        scene.end(2, .exited, exit: 0)
        #expect(scene.trial(2).state == .completed)
        #expect(scene.lease(4)?.slots == [1], "the freed slot goes to the next trial in the same round")
    }

    @Test func aResizeKeepsTheSlotsUntilTheProcessIsGoneAndGoesOnFromTheCheckpoint() {
        var scene = Scene()
        scene.join(slots: 2)
        // Two trials; the second one finishes and no third may be drawn, so the first grows.
        scene.submit(
            Scene.spec(
                policy: .hypersched(HyperSchedOptions(cooldownReports: 0, limitAdmission: false)), max: 100, trials: 2))
        scene.report(1, step: 1, 0.5)
        scene.checkpoint(1, step: 1, 0.5)
        scene.end(2, .exited, exit: 0)
        scene.now = scene.now.advanced(bySeconds: 1)
        scene.report(1, step: 2, 0.6, elapsed: 2)
        scene.checkpoint(1, step: 2, 0.6)
        scene.report(1, step: 3, 0.7, elapsed: 3)
        let lease = scene.lease(1)!
        #expect(lease.goal == .stop && lease.afterStop == .resize(to: 2))
        #expect(lease.slots == [0] && lease.reserved == [1], "the other slot is kept for it meanwhile")
        scene.checkpoint(1, step: 3)
        scene.end(1, .interrupted, exit: 75, stopSeconds: 0.4)
        #expect(scene.lease(1)!.slots == [0, 1])
        #expect(scene.lease(1)!.attempt.number == 2)
        #expect(scene.lease(1)!.resumeFrom?.step == 3)
        #expect(scene.decisions.contains { $0.kind == .resize && $0.reason.rule == "resize_gain" })
    }

    @Test func reportsOfAnOldAttemptAreKeptButMoveNothing() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec())
        let old = scene.attempt(1)
        scene.report(1, step: 1, 0.5)
        scene.end(1, .failed, exit: 1, message: "boom")
        #expect(scene.lease(1)?.attempt.number == 2, "a failure is tried again")
        #expect(scene.report(1, step: 2, 0.99, attempt: old) == .receipt(ReportReceipt(stale: 1)))
        #expect(scene.changes.reports.map(\.stale) == [true])
        #expect(scene.trial(1).bestScore == 0.5)
        let refused = scene.apply(
            .checkpointStored(CheckpointInfo(sha256: "x", size: 1, step: 2, attempt: old)))
        guard case .refused(let problem) = refused else { return #expect(Bool(false), "a stale checkpoint was taken") }
        #expect(problem.status == 409)
    }

    @Test func aReportSentTwiceCountsOnce() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec())
        let report = TrialReport(
            attempt: scene.attempt(1), sequence: 1, step: 1, metrics: ["acc": 0.5], elapsedSeconds: 1)
        let batch = ReportBatch(session: "s", reports: [report, report], ended: [])
        #expect(scene.apply(.reported(scene.agent, batch)) == .receipt(ReportReceipt(accepted: 1, duplicate: 1)))
        #expect(scene.changes.reports.count == 1)
    }

    @Test func failuresAreTriedAgainUpToTheLimitAndUsageErrorsNever() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec(retry: 1))
        scene.report(1, step: 1, 0.1)
        scene.end(1, .failed, exit: 1)
        scene.end(1, .failed, exit: 1, message: "boom")
        #expect(scene.trial(1).state == .failed)
        #expect(scene.trial(1).stateReason!.contains("boom"))
        scene.end(2, .failed, exit: 65, message: "bad data")
        #expect(scene.trial(2).state == .failed && scene.trial(2).attempt == 1)
    }

    @Test func aSweepInWhichNothingEverWorksFailsWithTheError() {
        var scene = Scene()
        scene.join(slots: 1)
        let sweep = scene.submit(Scene.spec())
        for trial in 1...3 { scene.end(Int64(trial), .failed, exit: 65, message: "train.gz: truncated") }
        #expect(scene.state.sweep(sweep)!.state == .failed)
        #expect(scene.state.sweep(sweep)!.stateReason!.contains("train.gz: truncated"))
        #expect(scene.state.leases.isEmpty || scene.state.leases.allSatisfy { $0.goal == .kill })
    }

    @Test func aWrongMetricNameIsNamedTogetherWithWhatWasSeen() {
        var scene = Scene()
        scene.join(slots: 1)
        let sweep = scene.submit(Scene.spec())
        scene.report(1, step: 1, nil, other: ["val_acc": 0.5])
        scene.end(1, .exited, exit: 0)
        #expect(scene.trial(1).state == .noMetric)
        #expect(scene.trial(1).stateReason!.contains("'acc'") && scene.trial(1).stateReason!.contains("val_acc"))
        for step in 1...3 { scene.report(2, step: step, nil, other: ["val_acc": 0.5]) }
        #expect(scene.lease(2)!.goal == .kill, "a program that goes on and on without the metric is stopped")
        scene.end(2, .killed)
        scene.end(3, .exited, exit: 0)
        #expect(scene.state.sweep(sweep)!.state == .failed)
        #expect(scene.state.sweep(sweep)!.stateReason!.contains("'acc'"))
    }

    /// As MLflow programs do it: metrics one by one, the objective last, and maybe hundreds of others before it.
    @Test func metricsBesideTheObjectiveMoveNothing() {
        var scene = Scene()
        scene.join(slots: 1)
        _ = scene.submit(Scene.spec())
        for step in 1...50 {
            scene.report(1, step: step, nil, elapsed: Double(step), other: ["loss": 0.5], isPartial: true)
        }
        #expect(scene.lease(1)!.goal == .run && scene.trial(1).lastStep == 0 && scene.trial(1).trainedSeconds == 0)
        #expect(scene.trial(1).metricNames == ["loss"] && scene.trial(1).unscoredReports == 0)
        scene.report(1, step: 1, 0.5, elapsed: 60, isPartial: true)
        #expect(scene.trial(1).lastStep == 1 && scene.trial(1).trainedSeconds == 60)
        #expect(scene.trial(1).bestScore == 0.5 && scene.trial(1).lastSequence == 51)
        // The same with the others first, at the same step: it still counts as an advance.
        scene.report(1, step: 2, nil, elapsed: 80, other: ["loss": 0.4], isPartial: true)
        scene.report(1, step: 2, 0.75, elapsed: 81, isPartial: true)
        #expect(scene.trial(1).lastStep == 2 && scene.trial(1).trainedSeconds == 81 && scene.trial(1).bestStep == 2)
    }

    @Test func aNaNEndsTheTrialAndNothingElse() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Scene.spec())
        scene.report(1, step: 1, .nan)
        #expect(scene.lease(1)!.goal == .kill)
        scene.end(1, .killed)
        #expect(scene.trial(1).state == .diverged)
        #expect(scene.state.sweep(sweep)!.state == .running)
        scene.report(2, step: 1, 0.4)
        #expect(scene.trial(2).bestScore == 0.4)
    }

    @Test func nanAsWorstGoesOn() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec(onNaN: .worst))
        scene.report(1, step: 1, .nan)
        #expect(scene.lease(1)!.goal == .run)
        #expect(scene.trial(1).bestScore == nil)
        scene.report(1, step: 2, 0.3)
        #expect(scene.trial(1).bestScore == 0.3)
    }

    @Test func theTargetEndsTheSweepEarly() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Scene.spec(target: 0.9))
        scene.report(1, step: 1, 0.95)
        #expect(scene.state.sweep(sweep)!.state == .finished)
        #expect(scene.state.leases.allSatisfy { $0.goal == .stop })
        scene.end(1, .interrupted)
        scene.end(2, .interrupted)
        #expect(scene.state.leases.isEmpty && scene.state.activeSweeps.isEmpty)
    }

    @Test func beforeTheDeadlineTrialsCheckpointAndAtTheDeadlineTheyAreKilled() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Scene.spec(seconds: 100))
        scene.report(1, step: 1, 0.5)
        scene.pass(96.5)
        #expect(scene.state.leases.allSatisfy { $0.goal == .run })
        #expect(scene.state.nextWakeUp(after: scene.now) == scene.now.advanced(bySeconds: 0.5))
        scene.pass(0.5)
        #expect(scene.state.leases.allSatisfy { $0.goal == .stop && $0.afterStop == .deadline })
        scene.end(1, .interrupted, stopSeconds: 0.3)
        #expect(scene.trial(1).state == .paused)
        #expect(scene.lease(1) == nil, "nothing is started any more")
        scene.pass(3)
        #expect(scene.lease(2)!.goal == .kill)
        #expect(scene.state.sweep(sweep)!.state == .deadlineReached)
        scene.report(2, step: 9, 0.99)
        #expect(scene.changes.reports.map(\.late) == [false], "stamped with the deadline itself: in time")
        scene.pass(0.001)
        scene.end(2, .killed)
        #expect(scene.state.leases.isEmpty && scene.state.activeSweeps.isEmpty)
    }

    @Test func aLateReportIsKeptAndDoesNotCount() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec(seconds: 100))
        scene.report(1, step: 1, 0.5)
        scene.pass(100.001)
        scene.report(1, step: 2, 0.9)
        #expect(scene.changes.reports.map(\.late) == [true])
        #expect(scene.trial(1).bestScore == 0.5)
    }

    @Test func theReserveBeforeTheDeadlineGrowsWithSlowCheckpoints() {
        var scene = Scene()
        scene.join(slots: 1)
        let sweep = scene.submit(Scene.spec(seconds: 1000))
        let before = scene.state.stopBegins(sweep)
        scene.end(1, .interrupted, stopSeconds: 8)
        #expect(scene.state.stopBegins(sweep) == before.advanced(bySeconds: -13), "from 3 s to twice 8 s")
    }

    @Test func aSilentAgentLosesItsTrialsAndTheyGoOnElsewhere() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec(trials: 1))
        scene.report(1, step: 1, 0.5)
        scene.checkpoint(1, step: 1, 0.5)
        scene.pass(60, silently: true)
        scene.join(slots: 1, name: AgentID("other"))
        #expect(scene.lease(1)!.agent == scene.agent, "still within lease + grace + margin")
        scene.pass(5, silently: true)
        #expect(scene.lease(1)!.agent == AgentID("other"))
        #expect(scene.lease(1)!.resumeFrom?.step == 1)
        #expect(scene.trial(1).failures == 0, "a lost agent is not the trial's failure")
        #expect(scene.state.agent(scene.agent)!.lost)
    }

    @Test func aRestartedAgentThatLostItsMemoryLosesItsAttempts() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec(trials: 1))
        let attempt = scene.attempt(1)
        scene.join(slots: 1, session: "t", attempts: [attempt])
        #expect(scene.lease(1)!.attempt == attempt, "it still holds the attempt: nothing happens")
        scene.join(slots: 1, session: "u", attempts: [])
        #expect(scene.lease(1)!.attempt.number == 2)
        let refused = scene.apply(
            .agentSynced(
                scene.agent,
                AgentSync(
                    session: "t", slots: [], labels: [:], attempts: [], seenVersion: 0, waitSeconds: 0, version: "1")))
        guard case .refused(let problem) = refused else { return #expect(Bool(false), "an old session was let in") }
        #expect(problem.code == "agent_replaced")
    }

    @Test func aDrainingAgentGetsNothingNewAndGivesBackWhatItHas() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(Scene.spec(trials: 1))
        scene.apply(.agentDrained(scene.agent, true))
        #expect(scene.lease(1)!.goal == .stop)
        scene.end(1, .interrupted)
        #expect(scene.trial(1).state == .waiting && scene.lease(1) == nil)
        scene.apply(.agentDrained(scene.agent, false))
        #expect(scene.lease(1) != nil)
    }

    @Test func cancellingKillsAndCloses() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Scene.spec())
        scene.apply(.sweepCancelled(sweep))
        #expect(scene.state.leases.allSatisfy { $0.goal == .kill })
        scene.pass(2000)
        scene.join(slots: 2)
        #expect(scene.state.trials.values.allSatisfy { $0.state == .cancelled || $0.state == .running })
        for lease in scene.state.leases { scene.end(lease.attempt.trial.rawValue, .killed) }
        #expect(scene.state.trials.values.allSatisfy { $0.state == .cancelled })
    }

    @Test func limitsOfTimeAndSilenceAreEnforced() {
        var scene = Scene()
        scene.join(slots: 2)
        scene.submit(Scene.spec(limits: SweepLimits(trials: 2, trialWallSeconds: 100, noReportSeconds: 30)))
        scene.pass(20)
        scene.report(1, step: 1, 0.5)
        scene.pass(10)
        #expect(scene.lease(2)!.afterStop == .fail(.failed), "no report for 30 s")
        #expect(scene.lease(1)!.goal == .run)
        for _ in 0..<3 {
            scene.pass(20)
            scene.report(1, step: scene.trial(1).lastStep + 1, 0.5)
        }
        scene.pass(10)
        #expect(scene.lease(1)!.afterStop == .fail(.failed), "100 s are over")
    }

    @Test func theSweepOfHigherPriorityIsServedFirst() {
        var scene = Scene()
        var low = Scene.spec(trials: 1)
        low.priority = 0
        var high = Scene.spec(trials: 1)
        high.priority = 5
        let (a, b) = (scene.submit(low), scene.submit(high))
        scene.join(slots: 1)
        #expect(scene.state.leases.map(\.sweep) == [b])
        scene.report(1, step: 10, 0.5)
        scene.end(1, .exited, exit: 0)
        #expect(
            scene.state.leases.map(\.sweep) == [a], "work-conserving: the next sweep gets what the first can not use")
    }

    @Test func trialsThatNeedMoreSlotsThanAnyAgentHasWaitWithAWarning() {
        var scene = Scene()
        scene.join(slots: 2)
        let sweep = scene.submit(Scene.spec(minSlots: 4))
        #expect(scene.state.leases.isEmpty)
        #expect(scene.state.warnings(for: sweep, at: scene.now)[0].contains("slots.min is 4"))
        #expect(scene.state.sweep(sweep)!.state == .queued)
    }
}
