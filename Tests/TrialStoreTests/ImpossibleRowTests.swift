import GRDB
import HyperSchedProtocol
import Scheduler
import Testing

@testable import TrialStore

/// Rows that no bug may store.
@Suite struct ImpossibleRowTests {
    @Test(arguments: [
        "UPDATE sweep SET state = 'asleep'",
        "UPDATE sweep SET endedAt = createdAt",
        "UPDATE sweep SET state = 'finished'",
        "UPDATE sweep SET state = 'finished', endedAt = createdAt - 1",
        "UPDATE sweep SET record = 'no json'",
        "UPDATE trial SET state = 'lost'",
        "UPDATE trial SET attempt = 0",
        "UPDATE trial SET lastStep = -1",
        "UPDATE trial SET sweepId = 77",
        "UPDATE attempt SET endedAt = startedAt",
        "UPDATE attempt SET outcome = 'exited'",
        "UPDATE attempt SET outcome = 'exited', endedAt = startedAt - 1",
        "UPDATE attempt SET outcome = 'vanished', endedAt = startedAt",
        "UPDATE lease SET attempt = 0",
        "UPDATE lease SET agentId = 'nobody'",
        "UPDATE leaseSlot SET slot = -1",
        "UPDATE report SET stale = 1",
        "UPDATE report SET timingSteps = NULL",
        "UPDATE report SET sequence = 0",
        "UPDATE decision SET sweepId = 77",
        "DELETE FROM trial",
        "DELETE FROM agent",
        "INSERT INTO clock (id, at, arrival) VALUES (2, 0, 0)",
        "UPDATE forecast SET sweepId = 77",
        "UPDATE forecast SET at = deadline + 1",
        "UPDATE forecast SET occasion = 'whim'",
        "UPDATE forecast SET percent = 101",
        "UPDATE forecast SET missing = 'why'",
        "UPDATE forecast SET missing = ''",
        "UPDATE forecast SET expected = NULL",
        "UPDATE forecast SET high = NULL",
        "UPDATE forecast SET low = expected + 0.1",
        "UPDATE forecast SET high = expected - 0.1",
        "UPDATE forecast SET reachesTarget = 0.5",
        "UPDATE forecast SET target = 0.5, ladder = '[]', reachesTarget = 1.5",
        "UPDATE forecast SET target = 0.5",
        "UPDATE forecast SET ladder = '{}'",
        "UPDATE sweepOutcome SET state = 'running'",
        "UPDATE sweepOutcome SET sweepId = 77",
        "UPDATE sweepOutcome SET endedAt = NULL",
    ])
    func isRefused(sql: String) async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        var changes = Samples.running
        changes.reports = [Samples.report(sequence: 1)]
        changes.decisions = [Samples.decision("d")]
        changes.forecasts = [Samples.forecast()]
        changes.outcomes = [Samples.outcome()]
        try await database.commit(changes, at: Samples.start)
        #expect {
            try database.pool.write { try $0.execute(sql: sql) }
        } throws: { error in
            if case .impossibleRow = StoreError(error) { true } else { false }
        }
    }

    @Test func aSlotIsNeverHeldTwice() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try await database.commit(Samples.running, at: Samples.start)
        var second = ClusterChanges()
        second.trials = [Samples.trial(2)]
        second.leases = [Samples.lease(trial: 2, slots: [1])]
        await #expect(throws: StoreError.self) { try await database.commit(second, at: Samples.start) }
        // Nothing of the refused commit is there.
        #expect(try await database.load().trials.map(\.id) == [TrialID(1)])
        second.leases = [Samples.lease(trial: 2, slots: [2])]
        try await database.commit(second, at: Samples.start)
    }

    @Test func aSlotMayChangeHandsWithinACommit() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try await database.commit(Samples.running, at: Samples.start)
        var changes = ClusterChanges()
        changes.trials = [Samples.trial(2)]
        changes.leases = [Samples.lease(trial: 1, slots: [1]), Samples.lease(trial: 2, slots: [0])]
        try await database.commit(changes, at: Samples.start)
        #expect(try await database.load().leases == changes.leases)
    }

    @Test func aTrialHasOneLiveAttempt() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try await database.commit(Samples.running, at: Samples.start)
        var changes = ClusterChanges()
        changes.leases = [Samples.lease(attempt: 2, slots: [3])]
        await #expect(throws: StoreError.self) { try await database.commit(changes, at: Samples.start) }
        changes.endedAttempts = [
            AttemptRecord(
                attempt: AttemptID(trial: TrialID(1), number: 1), agent: AgentID("node"), slots: [0, 1],
                startedAt: Samples.start, endedAt: Samples.start, outcome: .interrupted)
        ]
        try await database.commit(changes, at: Samples.start)
        #expect(try await database.load().leases == changes.leases)
    }
}
