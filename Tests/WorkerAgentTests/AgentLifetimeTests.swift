import HyperSchedProtocol
import Testing
import WorkerAgent

/// An agent that has to be gone at some time, on a clock of the test's own.
@Suite struct AgentLifetimeTests {
    private static let id = AgentMachineTests.id
    /// From 1000 s to 1100 s; the last 10 s are kept for the end.
    private static let lifetime = AgentLifetime(seconds: 100, now: 1000)

    private static func machine(lease: Double = 600) -> AgentMachine {
        var machine = AgentMachine(lifetime: lifetime)
        var assignment = AgentMachineTests.assignment()
        assignment.timeLeftSeconds = 3600
        _ = machine.handle(.synced(AgentMachineTests.desired(assignment, lease: lease), sentAt: 1000), at: 1001)
        _ = machine.handle(.prepared(id), at: 1002)
        return machine
    }

    @Test(arguments: [(100, 10), (20, 2), (1000, 10), (0, 0), (-5, 0)])
    func aTenthIsKeptForTheEndAndTenSecondsAtMost(seconds: Double, kept: Double) {
        let lifetime = AgentLifetime(seconds: seconds, now: 50)
        #expect(lifetime.end == 50 + max(0, seconds) && lifetime.leaving == lifetime.end - kept)
    }

    @Test func theDaemonIsToldWhenItLeaves() {
        let machine = Self.machine()
        #expect(machine.endsInSeconds(at: 1000) == 90)
        #expect(machine.endsInSeconds(at: 1080) == 10)
        #expect(machine.endsInSeconds(at: 1095) == 0)
        #expect(AgentMachine().endsInSeconds(at: 1000) == nil)
    }

    @Test func whatIsLeftIsStoppedThenKilledThenTheAgentGoes() {
        var machine = Self.machine()
        #expect(machine.nextTick == 1090)
        #expect(machine.handle(.tick, at: 1089.9).isEmpty && !machine.isDraining)
        // Its grace of 30 s would last beyond the end.
        #expect(machine.handle(.tick, at: 1090) == [.stop(Self.id, graceSeconds: 10)])
        #expect(machine.isDraining && machine.nextTick == 1100)
        #expect(machine.attempts[Self.id]?.stopReason == "the agent's time is over")
        #expect(machine.handle(.tick, at: 1099.9).isEmpty, "asked once")
        #expect(machine.handle(.tick, at: 1100) == [.kill(Self.id)])
        #expect(machine.nextTick == nil, "nothing is left to do by the clock")
        let end = ProcessEnd(signal: 9, elapsedSeconds: 98, wasAskedToStop: true, wasKilled: true)
        let directives = machine.handle(.processEnded(Self.id, end), at: 1100.2)
        guard case .report(let ended) = directives.first else {
            Issue.record("\(directives)")
            return
        }
        #expect(ended.outcome == .killed)
        #expect(machine.handle(.endAcknowledged(Self.id), at: 1100.3) == [.discard(Self.id), .exit])
    }

    @Test func aTrialThatLeavesInTimeSavesItsCheckpoint() {
        var machine = Self.machine()
        // The daemon moves it away before the agent has to do anything.
        let stop = AgentMachineTests.desired(AgentMachineTests.assignment(goal: .stop), version: 2)
        #expect(machine.handle(.synced(stop, sentAt: 1080), at: 1080.1) == [.stop(Self.id, graceSeconds: 30)])
        let checkpoint = CheckpointAnnouncement(name: "last", step: 7)
        #expect(machine.handle(.checkpointAnnounced(Self.id, checkpoint), at: 1082) == [.upload(Self.id, checkpoint)])
        _ = machine.handle(.processEnded(Self.id, AgentMachineTests.stopped), at: 1083)
        _ = machine.handle(.uploadEnded(Self.id, name: "last", .stored), at: 1084)
        _ = machine.handle(.endAcknowledged(Self.id), at: 1085)
        #expect(machine.attempts.isEmpty && !machine.isDraining)
        #expect(machine.handle(.tick, at: 1090) == [.exit], "an empty agent ends when it leaves")
        #expect(machine.handle(.tick, at: 1200).isEmpty, "once")
    }

    @Test func nothingIsStartedOnceItLeaves() {
        var machine = AgentMachine(lifetime: Self.lifetime)
        let wanted = AgentMachineTests.desired(AgentMachineTests.assignment())
        let directives = machine.handle(.synced(wanted, sentAt: 1090), at: 1090.1)
        #expect(!directives.contains { if case .prepare = $0 { true } else { false } })
    }

    @Test func aLostDaemonDoesNotKeepItThere() {
        var machine = Self.machine(lease: 20)
        // The lease ends first.
        #expect(machine.nextTick == 1020)
        #expect(machine.handle(.tick, at: 1020) == [.stop(Self.id, graceSeconds: 30)])
        _ = machine.handle(.processEnded(Self.id, AgentMachineTests.stopped), at: 1021)
        // Its end can not be delivered: the shell gives up when the lifetime is over.
        #expect(machine.heldAttempts == [Self.id] && machine.nextTick == 1090)
        #expect(machine.handle(.tick, at: 1090).isEmpty && machine.isDraining)
    }

    @Test func withoutALifetimeNothingChanges() {
        var machine = AgentMachine()
        #expect(machine.nextTick == nil)
        #expect(machine.handle(.tick, at: 1e9).isEmpty && !machine.isDraining)
    }
}
