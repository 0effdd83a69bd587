import HyperSchedProtocol
import Testing
import WorkerAgent

/// Slots on which something is left.
@Suite struct SlotQuarantineTests {
    private static let id = AgentMachineTests.id

    /// Attempt 1.1 has ended at 20 s and left something on slot 0.
    private func machine() -> AgentMachine {
        var machine = AgentMachineTests.machine(.running)
        var end = AgentMachineTests.end
        end.dirt = [0: "a process does not die"]
        let directives = machine.handle(.processEnded(Self.id, end), at: 20)
        guard case .report(let ended) = directives.last else { fatalError("\(directives)") }
        #expect(ended.unclean == [QuarantinedSlot(slot: 0, reason: "a process does not die")])
        return machine
    }

    @Test func nothingIsStartedThere() {
        var machine = machine()
        #expect(machine.quarantine.slots.map(\.slot) == [0])
        let (dirty, clean) = (AgentMachineTests.assignment(2), AgentMachineTests.assignment(3, slots: [1]))
        let directives = machine.handle(
            .synced(AgentMachineTests.desired(dirty, clean, version: 2), sentAt: 20), at: 21)
        #expect(directives.contains(.prepare(clean)) && !directives.contains(.prepare(dirty)))
        // Clean again: what waited is started.
        #expect(machine.handle(.slotsChecked([0: nil]), at: 30) == [.prepare(dirty)])
        #expect(machine.quarantine.slots.isEmpty)
    }

    @Test func itIsLookedAtAgainAndAgain() {
        var machine = machine()
        #expect(machine.nextTick == 35)
        #expect(machine.handle(.tick, at: 34).isEmpty)
        let look = machine.handle(.tick, at: 35)
        #expect(look.count == 1)
        guard case .check(let suspects) = look[0] else { return #expect(Bool(false), "\(look)") }
        #expect(suspects.map(\.slot) == [0] && suspects[0].attempt == Self.id)
        #expect(machine.handle(.tick, at: 36).isEmpty, "one look at a time")
        _ = machine.handle(.slotsChecked([0: "still there"]), at: 37)
        #expect(machine.quarantine.slots.map(\.reason) == ["still there"] && machine.nextTick == 52)
    }

    @Test func somebodyReleasesIt() {
        var machine = machine()
        var desired = AgentMachineTests.desired(version: 2)
        desired.releases = 4
        _ = machine.handle(.synced(desired, sentAt: 20), at: 21)
        #expect(machine.quarantine.slots.isEmpty, "more often than at the sync before")
        machine = self.machine()
        desired.releases = 0
        _ = machine.handle(.synced(desired, sentAt: 20), at: 21)
        #expect(machine.quarantine.slots.count == 1)
    }

    @Test func aBrokenLimitStopsTheAttemptAndIsItsFailure() {
        var machine = AgentMachineTests.machine(.running)
        let limit = BrokenLimit(kind: .disk, text: "wrote too much")
        #expect(machine.handle(.limitBroken(Self.id, limit), at: 10) == [.stop(Self.id, graceSeconds: 30)])
        #expect(machine.handle(.limitBroken(Self.id, limit), at: 11).isEmpty)
        let end = ProcessEnd(exitCode: 75, elapsedSeconds: 9, wasAskedToStop: true)
        let told = AttemptEnded(
            attempt: Self.id, outcome: .failed, exitCode: 75, message: "wrote too much", elapsedSeconds: 9,
            stopSeconds: 2, failure: .disk)
        #expect(machine.handle(.processEnded(Self.id, end), at: 12) == [.report(told)])
    }

    @Test func aCheckpointThatIsNoneIsMentioned() {
        var machine = AgentMachineTests.machine(.running)
        _ = machine.handle(.checkpointAnnounced(Self.id, AgentMachineTests.checkpoint), at: 10)
        _ = machine.handle(.uploadEnded(Self.id, name: "a", .impossible("it is no directory")), at: 11)
        let directives = machine.handle(.processEnded(Self.id, AgentMachineTests.end), at: 12)
        guard case .report(let ended) = directives.last else { return #expect(Bool(false), "\(directives)") }
        #expect(ended.message == "checkpoint 'a' was not stored: it is no directory")
    }
}
