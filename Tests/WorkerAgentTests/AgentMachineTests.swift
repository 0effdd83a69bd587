import HyperSchedProtocol
import Testing
import WorkerAgent

/// Each state of an attempt against each event: the new state and exactly what is to be done.
@Suite struct AgentMachineTests {
    static let id = AttemptID(trial: TrialID(1), number: 1)
    static let checkpoint = CheckpointAnnouncement(name: "a", step: 3, objective: 0.5)
    static let end = ProcessEnd(exitCode: 0, elapsedSeconds: 9, lastLine: "bye")
    static let stopped = ProcessEnd(exitCode: 75, elapsedSeconds: 9, wasAskedToStop: true)

    static func assignment(
        _ trial: Int64 = 1, _ number: Int = 1, goal: AttemptGoal = .run, slots: [Int] = [0]
    ) -> Assignment {
        Assignment(
            attempt: AttemptID(trial: TrialID(trial), number: number), sweep: SweepID(1), goal: goal, slots: slots,
            program: .workload("nbdt"), configuration: Configuration([]), seed: 1, maxSteps: 9, metricName: "acc",
            metricGoal: .maximize, timeLeftSeconds: 100, graceSeconds: 30, resumeFrom: nil)
    }

    static func desired(_ assignments: Assignment..., version: Int64 = 1, lease: Double = 60) -> DesiredState {
        DesiredState(version: version, leaseSeconds: lease, assignments: assignments)
    }

    static func ended(
        _ outcome: AttemptOutcome, code: Int? = nil, message: String = "", elapsed: Double = 0, stop: Double? = nil
    ) -> AttemptEnded {
        AttemptEnded(
            attempt: id, outcome: outcome, exitCode: code, message: message, elapsedSeconds: elapsed, stopSeconds: stop,
            // What was never started failed for that; what ended by itself said `bye`.
            failure: outcome == .failed ? .start : nil, lastLines: outcome == .exited ? ["bye"] : nil)
    }

    enum Stage: String, CaseIterable {
        case preparing, running, stopping, killing, finishing, ended
    }

    /// A machine with attempt 1.1 at this stage; the time is 10 s.
    static func machine(_ stage: Stage) -> AgentMachine {
        var machine = AgentMachine()
        _ = machine.handle(.synced(desired(assignment()), sentAt: 0), at: 1)
        if stage == .preparing { return machine }
        _ = machine.handle(.prepared(id), at: 2)
        switch stage {
        case .preparing, .running: break
        case .stopping: _ = machine.handle(.synced(desired(assignment(goal: .stop)), sentAt: 0), at: 10)
        case .killing: _ = machine.handle(.synced(desired(assignment(goal: .kill)), sentAt: 0), at: 10)
        case .finishing:
            _ = machine.handle(.checkpointAnnounced(id, checkpoint), at: 3)
            _ = machine.handle(.processEnded(id, end), at: 10)
        case .ended: _ = machine.handle(.processEnded(id, end), at: 10)
        }
        return machine
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var stage: Stage
        var event: AgentEvent
        var directives: [AgentDirective]
        /// nil: forgotten.
        var phase: AttemptState.Phase?
        var testDescription: String { "\(stage): \(event)" }
    }

    static let stop = AgentEvent.synced(desired(assignment(goal: .stop)), sentAt: 0)
    static let kill = AgentEvent.synced(desired(assignment(goal: .kill)), sentAt: 0)
    static let run = AgentEvent.synced(desired(assignment()), sentAt: 0)
    static let dropped = AgentEvent.synced(desired(), sentAt: 0)
    static let unstarted = ended(.interrupted, message: "stopped before it was started", stop: 0)
    static let shutDown = ended(.interrupted, message: "the agent was shut down", stop: 0)
    static let unstored = ended(.exited, code: 0, message: "checkpoint 'a' was not stored: no", elapsed: 9)
    static let exited = ended(.exited, code: 0, message: "bye", elapsed: 9)

    static let rows: [Row] = [
        // Still being prepared.
        Row(stage: .preparing, event: run, directives: [], phase: .preparing),
        Row(stage: .preparing, event: .prepared(id), directives: [.start(assignment())], phase: .running),
        Row(
            stage: .preparing, event: .preparationFailed(id, "no"),
            directives: [.report(ended(.failed, message: "no"))], phase: .ended(ended(.failed, message: "no"))),
        Row(
            stage: .preparing, event: stop, directives: [.cancelPreparation(id), .report(unstarted)],
            phase: .ended(unstarted)),
        Row(
            stage: .preparing, event: kill, directives: [.cancelPreparation(id), .report(unstarted)],
            phase: .ended(unstarted)),
        Row(stage: .preparing, event: dropped, directives: [.cancelPreparation(id), .discard(id)], phase: nil),
        Row(
            stage: .preparing, event: .drain, directives: [.cancelPreparation(id), .report(shutDown)],
            phase: .ended(shutDown)),
        Row(stage: .preparing, event: .processEnded(id, end), directives: [], phase: .preparing),
        // Running.
        Row(stage: .running, event: run, directives: [], phase: .running),
        Row(stage: .running, event: .prepared(id), directives: [], phase: .running),
        Row(stage: .running, event: .tick, directives: [], phase: .running),
        Row(stage: .running, event: stop, directives: [.stop(id, graceSeconds: 30)], phase: .stopping),
        Row(stage: .running, event: kill, directives: [.kill(id)], phase: .killing),
        Row(stage: .running, event: dropped, directives: [.kill(id)], phase: .killing),
        Row(stage: .running, event: .drain, directives: [.stop(id, graceSeconds: 30)], phase: .stopping),
        Row(
            stage: .running, event: .abort, directives: [.stop(id, graceSeconds: 30), .kill(id)], phase: .killing),
        Row(
            stage: .running, event: .checkpointAnnounced(id, checkpoint), directives: [.upload(id, checkpoint)],
            phase: .running),
        Row(stage: .running, event: .processEnded(id, end), directives: [.report(exited)], phase: .ended(exited)),
        Row(stage: .running, event: .endAcknowledged(id), directives: [], phase: .running),
        // Asked to stop at 10 s.
        Row(stage: .stopping, event: stop, directives: [], phase: .stopping),
        Row(stage: .stopping, event: run, directives: [], phase: .stopping),
        Row(stage: .stopping, event: kill, directives: [.kill(id)], phase: .killing),
        Row(stage: .stopping, event: dropped, directives: [.kill(id)], phase: .killing),
        Row(stage: .stopping, event: .drain, directives: [], phase: .stopping),
        Row(
            stage: .stopping, event: .checkpointAnnounced(id, checkpoint), directives: [.upload(id, checkpoint)],
            phase: .stopping),
        Row(
            stage: .stopping, event: .processEnded(id, stopped),
            directives: [.report(ended(.interrupted, code: 75, elapsed: 9, stop: 10))],
            phase: .ended(ended(.interrupted, code: 75, elapsed: 9, stop: 10))),
        // Being killed: no upload any more.
        Row(stage: .killing, event: stop, directives: [], phase: .killing),
        Row(stage: .killing, event: kill, directives: [], phase: .killing),
        Row(stage: .killing, event: .checkpointAnnounced(id, checkpoint), directives: [], phase: .killing),
        // The process is gone, checkpoint "a" is being uploaded.
        Row(stage: .finishing, event: stop, directives: [], phase: .finishing),
        Row(stage: .finishing, event: .drain, directives: [], phase: .finishing),
        Row(stage: .finishing, event: .uploadEnded(id, name: "b", .stored), directives: [], phase: .finishing),
        Row(
            stage: .finishing, event: .uploadEnded(id, name: "a", .stored), directives: [.report(exited)],
            phase: .ended(exited)),
        Row(
            stage: .finishing, event: .uploadEnded(id, name: "a", .stale), directives: [.report(exited)],
            phase: .ended(exited)),
        Row(
            stage: .finishing, event: .uploadEnded(id, name: "a", .impossible("no")), directives: [.report(unstored)],
            phase: .ended(unstored)),
        Row(
            stage: .finishing, event: kill, directives: [.cancelUpload(id), .report(exited)], phase: .ended(exited)),
        Row(
            stage: .finishing, event: dropped, directives: [.cancelUpload(id), .report(exited)],
            phase: .ended(exited)),
        // The daemon is being told.
        Row(stage: .ended, event: run, directives: [], phase: .ended(exited)),
        Row(stage: .ended, event: kill, directives: [], phase: .ended(exited)),
        Row(stage: .ended, event: dropped, directives: [], phase: .ended(exited)),
        Row(stage: .ended, event: .drain, directives: [], phase: .ended(exited)),
        Row(stage: .ended, event: .endAcknowledged(id), directives: [.discard(id)], phase: nil),
    ]

    @Test(arguments: rows) func transition(_ row: Row) {
        var machine = Self.machine(row.stage)
        #expect(machine.handle(row.event, at: 20) == row.directives)
        #expect(machine.attempts[Self.id]?.phase == row.phase)
    }

    // MARK: Starting

    @Test func aStartIsPreparedFirst() {
        var machine = AgentMachine()
        let directives = machine.handle(.synced(Self.desired(Self.assignment(), version: 7), sentAt: 0), at: 1)
        #expect(directives == [.prepare(Self.assignment())])
        #expect(machine.desiredVersion == 7)
        #expect(machine.heldAttempts == [Self.id])
    }

    @Test(arguments: [AttemptGoal.stop, .kill]) func anUnknownAttemptThatShouldEndHasEnded(_ goal: AttemptGoal) {
        var machine = AgentMachine()
        let directives = machine.handle(.synced(Self.desired(Self.assignment(goal: goal)), sentAt: 0), at: 1)
        #expect(directives == [.report(Self.unstarted)])
    }

    @Test func aSlotIsGivenOnlyWhenItIsClean() {
        var machine = Self.machine(.running)
        let second = Self.assignment(2, slots: [0, 1])
        let third = Self.assignment(3, slots: [1])
        let state = Self.desired(second, third, version: 2)
        // 1.1 is dropped; its process still lives. 3.1 needs nothing of it.
        #expect(machine.handle(.synced(state, sentAt: 2), at: 3) == [.kill(Self.id), .prepare(third)])
        #expect(machine.handle(.tick, at: 4).isEmpty)
        #expect(machine.handle(.processEnded(Self.id, Self.end), at: 5) == [.discard(Self.id)])
        #expect(machine.attempts[second.attempt]?.phase == .waiting)
        _ = machine.handle(.prepared(third.attempt), at: 6)
        let directives = machine.handle(.processEnded(third.attempt, Self.end), at: 7)
        #expect(directives.last == .prepare(second))
    }

    @Test func anAttemptIsStartedOnlyOnce() {
        var machine = Self.machine(.ended)
        #expect(machine.handle(.endAcknowledged(Self.id), at: 20) == [.discard(Self.id)])
        // This answer was under way when the end was acknowledged.
        #expect(machine.handle(Self.run, at: 21).isEmpty)
        #expect(machine.handle(.synced(Self.desired(Self.assignment()), sentAt: 22), at: 23).isEmpty)
        // The trial's next attempt is another matter.
        let next = Self.assignment(1, 2)
        #expect(machine.handle(.synced(Self.desired(next), sentAt: 24), at: 25) == [.prepare(next)])
    }

    // MARK: Lease

    @Test func theLeaseCountsFromTheSending() {
        var machine = Self.machine(.running)
        #expect(machine.nextTick == 60)
        #expect(machine.handle(.synced(Self.desired(Self.assignment()), sentAt: 30), at: 50).isEmpty)
        #expect(machine.nextTick == 90)
        #expect(machine.handle(.tick, at: 89.9).isEmpty)
        #expect(machine.handle(.tick, at: 90) == [.stop(Self.id, graceSeconds: 30)])
        #expect(machine.nextTick == nil)
        let end = ProcessEnd(exitCode: 75, elapsedSeconds: 9, wasAskedToStop: true)
        let told = Self.ended(
            .interrupted, code: 75, message: "the agent lost touch with the daemon", elapsed: 9, stop: 5)
        #expect(machine.handle(.processEnded(Self.id, end), at: 95) == [.report(told)])
    }

    /// The daemon is away, but its lease is longer than the sweep.
    @Test func theDeadlineNeedsNoDaemon() {
        var machine = AgentMachine()
        _ = machine.handle(.synced(Self.desired(Self.assignment(), lease: 1000), sentAt: 0), at: 1)
        _ = machine.handle(.prepared(Self.id), at: 2)
        #expect(machine.nextTick == 101)
        // It was moved.
        _ = machine.handle(.synced(Self.desired(Self.assignment(), lease: 1000), sentAt: 50), at: 51)
        #expect(machine.handle(.tick, at: 150.9).isEmpty)
        #expect(machine.handle(.tick, at: 151) == [.stop(Self.id, graceSeconds: 30)])
        let told = Self.ended(.interrupted, code: 75, message: "the sweep's deadline came", elapsed: 9, stop: 2)
        #expect(machine.handle(.processEnded(Self.id, Self.stopped), at: 153) == [.report(told)])
    }

    @Test func anAnswerThatComesTooLateStartsNothing() {
        var machine = AgentMachine()
        let directives = machine.handle(.synced(Self.desired(Self.assignment()), sentAt: 0), at: 61)
        #expect(
            directives == [
                .report(
                    Self.ended(
                        .interrupted, message: "the agent lost touch with the daemon", stop: 0))
            ])
    }

    // MARK: Ending

    @Test func aDrainedAgentExitsWhenAllIsTold() {
        var machine = Self.machine(.running)
        #expect(machine.handle(.drain, at: 20) == [.stop(Self.id, graceSeconds: 30)])
        // Nothing new is started.
        let both = Self.desired(Self.assignment(), Self.assignment(2, slots: [1]))
        #expect(machine.handle(.synced(both, sentAt: 20), at: 21).isEmpty)
        _ = machine.handle(.processEnded(Self.id, Self.stopped), at: 22)
        #expect(machine.handle(.endAcknowledged(Self.id), at: 23) == [.discard(Self.id), .exit])
        #expect(machine.handle(.tick, at: 24).isEmpty)
    }

    @Test func anIdleAgentExitsAtOnce() {
        var machine = AgentMachine()
        #expect(machine.handle(.drain, at: 1) == [.exit])
        #expect(machine.handle(.abort, at: 2).isEmpty)
    }

    // MARK: Recovery

    @Test func aRecoveredAttemptHoldsItsSlotsUntilItsKeeperEnds() {
        var machine = AgentMachine()
        let other = CheckpointAnnouncement(name: "b", step: 4, objective: 0.25)
        let found = RecoveredAttempt(
            assignment: Self.assignment(), announced: [Self.checkpoint, other], settled: ["a"])
        #expect(machine.handle(.recovered(found), at: 1) == [.prune(Self.id, name: "a"), .upload(Self.id, other)])
        #expect(machine.nextTick == nil)
        let next = Self.assignment(2)
        #expect(machine.handle(.synced(Self.desired(Self.assignment(), next), sentAt: 1), at: 2).isEmpty)
        #expect(machine.handle(.processEnded(Self.id, Self.stopped), at: 3) == [.prepare(next)])
        let told = Self.ended(.interrupted, code: 75, message: "the agent was restarted", elapsed: 9)
        #expect(machine.handle(.uploadEnded(Self.id, name: "b", .stored), at: 4) == [.report(told)])
    }

    @Test func anUnansweredEndIsReportedAgain() {
        var machine = AgentMachine()
        let found = RecoveredAttempt(assignment: Self.assignment(), reported: Self.exited)
        #expect(machine.handle(.recovered(found), at: 1) == [.report(Self.exited)])
    }
}
