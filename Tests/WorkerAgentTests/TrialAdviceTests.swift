import HyperSchedProtocol
import Testing
import TrialEndpoint

@testable import WorkerAgent

@Suite struct TrialAdviceTests {
    private func machine(_ assignment: Assignment) -> AgentMachine {
        var machine = AgentMachine()
        let state = DesiredState(version: 1, leaseSeconds: 1e6, assignments: [assignment])
        _ = machine.handle(.synced(state, sentAt: 0), at: 0)
        _ = machine.handle(.prepared(assignment.attempt), at: 0)
        return machine
    }

    @Test func adviceOverALife() {
        var assignment = AgentMachineTests.assignment()
        assignment.timeLeftSeconds = 100
        assignment.graceSeconds = 10
        let id = assignment.attempt
        var machine = machine(assignment)
        #expect(TrialAdvice(machine, AttemptID(trial: TrialID(99), number: 1), at: 0) == nil)
        #expect(
            TrialAdvice(machine, id, at: 30)
                == TrialAdvice(action: .proceed, timeLeftSeconds: 70, slots: assignment.slots.count))
        _ = machine.handle(.checkpointAnnounced(id, .init(name: "a", step: 1)), at: 79)
        #expect(TrialAdvice(machine, id, at: 79.9)?.action == .proceed)
        #expect(TrialAdvice(machine, id, at: 80)?.action == .checkpoint)
        _ = machine.handle(.checkpointAnnounced(id, .init(name: "b", step: 2)), at: 85)
        #expect(TrialAdvice(machine, id, at: 86)?.action == .proceed)
        // The deadline stops it.
        _ = machine.handle(.tick, at: 100)
        #expect(TrialAdvice(machine, id, at: 101)?.action == .stop)
        #expect(TrialAdvice(machine, id, at: 101)?.timeLeftSeconds == 0)
        _ = machine.handle(.processEnded(id, ProcessEnd(exitCode: 75)), at: 102)
        #expect(TrialAdvice(machine, id, at: 102) == nil)
    }

    @Test func tokensDiffer() {
        let tokens = (0..<100).map { _ in TrialToken() }
        #expect(Set(tokens).count == 100)
        #expect(tokens.allSatisfy { $0.digest.matches($0.text) && !$0.digest.matches($0.digest.hex) })
        #expect(!tokens[0].digest.matches(tokens[1].text) && !tokens[0].digest.matches(""))
    }

    @Test func keysOfLongAgoAreForgotten() {
        var keys = RecentKeys()
        for number in 0...250_000 { keys.insert("k\(number)") }
        #expect(keys.contains("k250000") && keys.contains("k150000") && !keys.contains("k10"))
    }
}
