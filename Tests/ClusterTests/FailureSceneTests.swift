import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Failures: what is tried again and where, agents and sweeps that stop themselves, the canary, slots that are not
/// clean.
@Suite struct FailureSceneTests {
    /// The trial's attempt ends on the agent that runs it.
    private func fail(
        _ trial: Int64, _ kind: FailureClass, _ scene: inout Scene, exit: Int? = 1, message: String = "boom",
        unclean: [QuarantinedSlot]? = nil
    ) {
        let lease = scene.lease(trial)!
        let ended = AttemptEnded(
            attempt: lease.attempt, outcome: .failed, exitCode: exit, message: message, elapsedSeconds: 1,
            failure: kind, lastLines: ["a", "b"], unclean: unclean)
        scene.apply(.reported(lease.agent, ReportBatch(session: "s", reports: [], ended: [ended])))
    }

    private func spec(
        retry: RetryRule = RetryRule(max: 2), slots: SlotRequest = SlotRequest(), trials: Int = 100,
        canary: CanaryRule? = nil, policy: PolicySpec = .fifo
    ) -> SweepSpec {
        var spec = Scene.spec(policy: policy, trials: trials)
        (spec.retry, spec.slots, spec.canary) = (retry, slots, canary)
        return spec
    }

    // MARK: What is tried again

    @Test(arguments: [
        (FailureClass.oom, true), (.signal, true), (.other, true), (.noReport, true), (.noProgress, true),
        (.usage, false), (.disk, false), (.timeout, false), (.missingModule, false), (.start, false),
    ])
    func whatMayHelpIsTriedAgain(kind: FailureClass, isTried: Bool) {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(spec(trials: 1))
        fail(1, kind, &scene)
        #expect((scene.trial(1).state == .running) == isTried, "\(scene.trial(1).stateReason ?? "")")
        let log = scene.trial(1).failureLog!
        #expect(log.map(\.kind) == [kind] && log[0].explanation == "boom" && log[0].lastLines == ["a", "b"])
        #expect(log[0].agent == scene.agent && log[0].attempt == 1)
    }

    @Test func theFileSaysWhatIsTriedAgain() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(spec(retry: RetryRule(max: 2, on: [.disk]), trials: 2))
        fail(1, .signal, &scene)
        #expect(scene.trial(1).state == .failed)
        #expect(scene.trial(1).stateReason!.contains("'signal' is not in retry.on"))
        fail(2, .disk, &scene)
        #expect(scene.trial(2).state == .running)
    }

    @Test func aMissingModuleIsTriedOnAnotherAgentOnly() {
        var scene = Scene()
        scene.join(slots: 1, name: AgentID("a"))
        scene.join(slots: 1, name: AgentID("b"))
        scene.submit(spec(trials: 1))
        #expect(scene.lease(1)!.agent == AgentID("a"))
        fail(1, .missingModule, &scene)
        #expect(scene.lease(1)!.agent == AgentID("b"), "placement memory")
        fail(1, .missingModule, &scene)
        #expect(scene.trial(1).state == .failed, "both have failed: \(scene.trial(1).stateReason ?? "")")
    }

    @Test func aTrialOutOfMemoryGetsMoreSlotsWhereTheSweepAllowsIt() {
        var scene = Scene()
        scene.join(slots: 4)
        scene.submit(spec(slots: SlotRequest(min: 1, max: 2), trials: 4))
        #expect(scene.state.leases.count == 4)
        fail(1, .oom, &scene)
        #expect(scene.trial(1).leastSlots == 2)
        #expect(scene.trial(1).state == .waiting, "one slot is free, it waits for two")
        scene.end(2, .exited, exit: 0)
        #expect(scene.lease(1)?.slots.count == 2)
        #expect(scene.trial(1).holdsOutUntil == nil)
    }

    @Test func itDoesNotWaitForEver() {
        var scene = Scene()
        scene.join(slots: 2)
        scene.submit(spec(slots: SlotRequest(min: 1, max: 2), trials: 2))
        fail(1, .oom, &scene)
        #expect(scene.trial(1).state == .waiting)
        scene.pass(60)
        #expect(scene.lease(1)?.slots.count == 1, "one slot is better than none")
    }

    @Test func withoutARoomForMoreItIsTriedAsItWas() {
        var scene = Scene()
        scene.join(slots: 4)
        scene.submit(spec(slots: SlotRequest(min: 1, max: 1), trials: 1))
        fail(1, .oom, &scene)
        #expect(scene.lease(1)?.slots.count == 1)
    }

    // MARK: Breaker

    /// Three failures in a row before the first report, on agent a of two.
    private func brokenAgent() -> (Scene, SweepID) {
        var scene = Scene()
        scene.join(slots: 1, name: AgentID("a"))
        let id = scene.submit(spec(retry: RetryRule(max: 0)))
        for trial in 1...3 { fail(Int64(trial), .other, &scene, message: "no CUDA driver") }
        return (scene, id)
    }

    @Test func anAgentOnWhichEverythingFailsIsLeftAloneAndTheSweepPauses() {
        var (scene, id) = brokenAgent()
        #expect(scene.state.leases.isEmpty, "nothing more is started there")
        let record = scene.state.sweep(id)!
        #expect(record.state == .running && record.pause?.by == .breaker, "paused, not killed")
        #expect(record.pause!.reason.contains("no CUDA driver") && record.pause!.reason.contains("sweep resume 1"))
        #expect(scene.decisions.contains { $0.kind == .closeAgent && $0.reason.text.contains("agent a") })
        // Another agent comes and is used; a report there ends the pause, not the breaker.
        scene.join(slots: 1, name: AgentID("b"))
        #expect(scene.lease(4)?.agent == AgentID("b"))
        report(4, &scene)
        #expect(scene.state.sweep(id)!.pause == nil && scene.state.sweep(id)!.breakers?.count == 1)
        #expect(scene.state.leases.count == 1)
    }

    private func report(_ trial: Int64, _ scene: inout Scene) {
        let lease = scene.lease(trial)!
        let report = TrialReport(attempt: lease.attempt, sequence: 1, step: 1, metrics: ["acc": 0.5], elapsedSeconds: 1)
        scene.apply(.reported(lease.agent, ReportBatch(session: "s", reports: [report], ended: [])))
    }

    @Test func anAgentThatFailsIsTriedAgainWithOneTrial() {
        var (scene, id) = brokenAgent()
        let opens = scene.state.sweep(id)!.breakers![0].closedUntil!
        #expect(opens == scene.now.advanced(bySeconds: 600))
        scene.join(slots: 3, name: AgentID("a"))
        #expect(scene.state.leases.isEmpty)
        for _ in 0..<30 { scene.pass(20) }
        #expect(scene.state.leases.count == 1, "one of three slots: to see")
        fail(4, .other, &scene)
        #expect(scene.state.leases.isEmpty)
        #expect(scene.state.sweep(id)!.breakers![0].closedUntil! == scene.now.advanced(bySeconds: 1200))
    }

    @Test func aReportOpensTheAgentAgain() {
        var (scene, id) = brokenAgent()
        scene.join(slots: 3, name: AgentID("a"))
        for _ in 0..<30 { scene.pass(20) }
        report(4, &scene)
        #expect(scene.state.sweep(id)!.breakers == nil && scene.state.sweep(id)!.pause == nil)
        #expect(scene.state.leases.count == 3)
    }

    @Test func failuresAfterAReportSayNothingOfTheAgent() {
        var scene = Scene()
        scene.join(slots: 1)
        let id = scene.submit(spec(retry: RetryRule(max: 0)))
        for trial in 1...5 {
            scene.report(Int64(trial), step: 1, 0.5)
            fail(Int64(trial), .other, &scene)
        }
        #expect(scene.state.sweep(id)!.breakers == nil && scene.state.leases.count == 1)
    }

    @Test func releasedOrResumedItStartsAtOnce() {
        var (scene, id) = brokenAgent()
        scene.apply(.agentReleased(AgentID("a")))
        #expect(scene.state.leases.count == 1 && scene.state.sweep(id)!.pause == nil)
        (scene, id) = brokenAgent()
        scene.apply(.sweepPaused(id, false))
        #expect(scene.state.leases.count == 1 && scene.state.sweep(id)!.breakers == nil)
    }

    // MARK: Canary

    @Test func theFirstTrialRunsAloneUntilItReports() {
        var scene = Scene()
        scene.join(slots: 8)
        let id = scene.submit(spec(canary: .auto))
        #expect(scene.state.leases.count == 1)
        scene.report(1, step: 1, 0.5)
        #expect(scene.state.leases.count == 8 && scene.state.sweep(id)!.hasReported == true)
        scene.apply(.sweepCancelled(id))
        for lease in scene.state.leases { scene.end(lease.attempt.trial.rawValue, .killed) }
        // The command is known by now.
        scene.submit(spec(canary: .auto))
        #expect(scene.state.leases.count == 8)
    }

    @Test func orUntilItHasLivedForAWhile() {
        var scene = Scene()
        scene.join(slots: 8)
        scene.submit(spec(canary: .on))
        #expect(scene.state.leases.count == 1)
        // 2 % of the 1000 s to the deadline.
        #expect(scene.state.nextWakeUp(after: scene.now) == scene.now.advanced(bySeconds: 20))
        scene.pass(20)
        #expect(scene.state.leases.count == 8)
    }

    @Test func aCanaryThatFailsIsFollowedByOneMore() {
        var scene = Scene()
        scene.join(slots: 8)
        let id = scene.submit(spec(retry: RetryRule(max: 0), canary: .auto))
        for trial in 1...3 {
            #expect(scene.state.leases.map(\.attempt.trial) == [TrialID(Int64(trial))])
            fail(Int64(trial), .missingModule, &scene)
        }
        #expect(scene.state.leases.isEmpty && scene.state.sweep(id)!.pause != nil, "three attempts, not 24")
    }

    @Test func aFewSlotsNeedNoCanary() {
        var scene = Scene()
        scene.join(slots: 4)
        scene.submit(spec(canary: .auto))
        #expect(scene.state.leases.count == 4)
    }

    // MARK: Pause and retry

    @Test func aPausedSweepHoldsNothingAndGoesOnWhereItWas() {
        var scene = Scene()
        scene.join(slots: 2)
        let id = scene.submit(spec())
        scene.report(1, step: 3, 0.5)
        scene.checkpoint(1, step: 3, 0.5)
        scene.apply(.sweepPaused(id, true))
        #expect(scene.state.leases.allSatisfy { $0.goal == .stop })
        for trial in 1...2 { scene.end(Int64(trial), .interrupted, stopSeconds: 1) }
        #expect(scene.state.leases.isEmpty && scene.state.sweep(id)!.pause?.by == .user)
        #expect(scene.trial(1).failures == 0 && scene.trial(1).state == .waiting)
        scene.apply(.sweepPaused(id, false))
        #expect(scene.lease(1)?.resumeFrom?.step == 3 && scene.lease(2) != nil)
        scene.apply(.sweepPaused(id, true))
        scene.pass(2000, silently: true)
        #expect(scene.state.sweep(id)!.state == .deadlineReached, "its deadline stays")
    }

    @Test func failedTrialsRunAgainAsTheyWere() {
        var scene = Scene()
        scene.join(slots: 1)
        let id = scene.submit(spec(retry: RetryRule(max: 0), trials: 2))
        let before = scene.trial(1)
        fail(1, .usage, &scene)
        scene.report(2, step: 1, 0.5)
        scene.end(2, .exited, exit: 0)
        #expect(scene.state.sweep(id)!.state == .finished && scene.trial(1).state == .failed)
        guard case .refused(let problem) = scene.apply(.sweepRetried(id, SweepRetry(states: [.completed]), timings: []))
        else { return #expect(Bool(false), "a completed trial ran again") }
        #expect(problem.errors.map(\.field) == ["states"])
        scene.apply(.sweepRetried(id, SweepRetry(), timings: []))
        #expect(scene.state.sweep(id)!.state == .running && scene.lease(1)?.attempt.number == 2)
        #expect(scene.trial(1).configuration == before.configuration && scene.trial(1).seed == before.seed)
        #expect(scene.trial(1).failures == 0 && scene.trial(2).state == .completed)
        scene.report(1, step: 1, 0.7)
        scene.end(1, .exited, exit: 0)
        #expect(scene.state.sweep(id)!.state == .finished && scene.trial(1).state == .completed)
    }

    // MARK: Unclean slots

    @Test func aSlotThatIsNotCleanIsNotUsed() {
        var scene = Scene()
        scene.join(slots: 2)
        scene.submit(spec())
        let slot = scene.lease(1)!.slots[0]
        fail(1, .other, &scene, unclean: [QuarantinedSlot(slot: slot, reason: "GPU memory is held")])
        #expect(scene.trial(1).state == .waiting && scene.state.leases.count == 1, "the slot is there and not offered")
        #expect(scene.state.agent(scene.agent)!.unclean?.map(\.slot) == [slot])
        #expect(scene.state.slotsUsable(by: SweepID(1)) == 1)
        // The agent says that it is clean.
        scene.join(slots: 2)
        #expect(scene.state.leases.count == 2)
    }

    @Test func somebodyMayKnowBetter() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(spec())
        fail(1, .other, &scene, unclean: [QuarantinedSlot(slot: 0, reason: "x")])
        #expect(scene.state.leases.isEmpty)
        #expect((scene.state.desiredState(of: scene.agent, at: scene.now)!.releases ?? 0) == 0)
        scene.apply(.agentReleased(scene.agent))
        #expect(scene.state.leases.count == 1)
        #expect(scene.state.desiredState(of: scene.agent, at: scene.now)!.releases == 1)
    }

    /// A lost agent is no failure of the trial, but it is on its record.
    @Test func aLostAgentIsOnTheRecord() {
        var scene = Scene()
        scene.join(slots: 1)
        scene.submit(spec())
        scene.pass(100, silently: true)
        #expect(scene.trial(1).failures == 0 && scene.trial(1).failureLog?.map(\.kind) == [.lostNode])
    }
}
