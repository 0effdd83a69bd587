import GRDB
import HyperSchedProtocol
import Scheduler
import Testing

@testable import DaemonCore
@testable import TrialStore

@Suite struct ControlLoopTests {
    @Test func aSweepIsDurableWhenItIsAnswered() async throws {
        let fixture = try await LoopFixture()
        let (id, isNew) = try await fixture.loop.submit(fixture.spec(), nil)
        #expect(isNew && id == SweepID(1))
        #expect(try await fixture.store.load().sweeps.map(\.id) == [id])
    }

    @Test func manyRequestsShareACommit() async throws {
        let fixture = try await LoopFixture()
        _ = try await fixture.loop.submit(fixture.spec(trials: 1), nil)
        let attempt = try #require(try await fixture.sync().assignments.first?.attempt)
        let counter = CommitCounter()
        fixture.store.pool.add(transactionObserver: counter, extent: .databaseLifetime)
        await withTaskGroup(of: Void.self) { group in
            for sequence in Int64(1)...200 {
                group.addTask {
                    _ = try? await fixture.loop.apply(fixture.report(attempt, sequence: sequence, step: 1, 0.5))
                }
            }
        }
        #expect(try await fixture.store.curve(of: attempt.trial, limit: 1000, cursor: nil).items.count > 0)
        #expect(counter.count > 0 && counter.count < 100, "commits for 200 reports")
    }

    @Test func theSameKeyGivesTheSameSweep() async throws {
        let fixture = try await LoopFixture()
        let submission = InboxItem.Submission(key: "k", fingerprint: SHA256.hex(of: [1]))
        async let first = fixture.loop.submit(fixture.spec(), submission)
        async let second = fixture.loop.submit(fixture.spec(), submission)
        let answers = [try await first, try await second]
        #expect(answers.map(\.0) == [SweepID(1), SweepID(1)])
        #expect(answers.map(\.isNew).contains(true) && answers.map(\.isNew).contains(false))
        // Another process knows it too.
        let restarted = try await fixture.restarted()
        #expect(try await restarted.submit(fixture.spec(), submission).isNew == false)
        let other = InboxItem.Submission(key: "k", fingerprint: SHA256.hex(of: [2]))
        let problem = await #expect(throws: Problem.self) { try await restarted.submit(fixture.spec(), other) }
        #expect(problem?.code == "idempotency_key_reused")
    }

    @Test func aFullDiskRefusesAndChangesNothing() async throws {
        let fixture = try await LoopFixture()
        _ = try await fixture.loop.submit(fixture.spec(), nil)
        let desired = try await fixture.sync()
        let attempt = try #require(desired.assignments.first?.attempt)
        try fixture.fillDisk()
        var refused: Problem?
        for sequence in Int64(1)...400 where refused == nil {
            do {
                _ = try await fixture.loop.apply(fixture.report(attempt, sequence: sequence, step: 1, 0.5))
            } catch {
                refused = error
            }
        }
        #expect(refused?.status == 507 && refused?.code == "no_space")
        // What is not written is not seen either.
        let stored = try await fixture.store.load()
        #expect(await fixture.loop.trial(attempt.trial) == stored.trials.first { $0.id == attempt.trial })
        // Agents keep their leases: a sync that changes nothing needs no disk.
        let held = desired.assignments.map(\.attempt)
        #expect(try await fixture.sync(attempts: held, seen: desired.version).assignments.map(\.attempt) == held)
        try fixture.limitDisk(false)
        #expect(await fixture.loop.probe() == nil)
        _ = try await fixture.loop.apply(fixture.report(attempt, sequence: 500, step: 2, 0.7))
        #expect(await fixture.loop.trial(attempt.trial)?.bestScore == 0.7)
    }

    @Test func aBadRowDoesNotTakeOthersWithIt() async throws {
        let fixture = try await LoopFixture()
        _ = try await fixture.loop.submit(fixture.spec(trials: 1), nil)
        let attempt = try #require(try await fixture.sync().assignments.first?.attempt)
        // A row that the database will refuse, whatever the reason.
        let bad = TrialReport(attempt: attempt, sequence: 1, step: 1, metrics: ["acc": 0.5], elapsedSeconds: 1)
        try await fixture.store.pool.write { db in
            try db.execute(sql: "CREATE TRIGGER t BEFORE INSERT ON report BEGIN SELECT RAISE(ABORT, 'planted'); END")
        }
        async let refused = result {
            () async throws(Problem) in
            try await fixture.loop.apply(
                .reported(AgentID("node"), ReportBatch(session: "s", reports: [bad], ended: [])))
        }
        async let fine = fixture.loop.submit(fixture.spec(), nil)
        #expect(try await fine.isNew)
        let answer = await refused
        #expect(throws: Problem.self) { try answer.get() }
        #expect(try await fixture.store.load().sweeps.count == 2)
    }

    @Test func timeIsAnEvent() async throws {
        let fixture = try await LoopFixture()
        let (id, _) = try await fixture.loop.submit(fixture.spec(seconds: 100), nil)
        await fixture.clock.waitForAlarm()
        for _ in 0..<20 where await fixture.loop.summary(of: id)?.state.isTerminal != true {
            fixture.clock.advance(bySeconds: 10)
            await fixture.settle()
        }
        #expect(await fixture.loop.summary(of: id)?.state.isTerminal == true)
        #expect(try await fixture.store.load().sweeps.first?.state.isTerminal == true)
    }

    @Test func aClosedLoopRefuses() async throws {
        let fixture = try await LoopFixture()
        await fixture.loop.close()
        let problem = await #expect(throws: Problem.self) { try await fixture.loop.submit(fixture.spec(), nil) }
        #expect(problem?.code == "shutting_down")
    }
}

@Suite struct SyncTests {
    @Test(.timeLimit(.minutes(1))) func aChangeEndsTheWaitAtOnce() async throws {
        let fixture = try await LoopFixture()
        let first = try await fixture.sync()
        async let waiting = fixture.sync(seen: first.version, wait: 10)
        await fixture.waitForWaiters(1)
        _ = try await fixture.loop.submit(fixture.spec(), nil)
        // The clock has not moved: it was the change that ended it.
        let news = try await waiting
        #expect(news.version > first.version && news.assignments.count == 2)
    }

    @Test(.timeLimit(.minutes(1))) func theWaitEndsByItself() async throws {
        let fixture = try await LoopFixture()
        let first = try await fixture.sync()
        async let waiting = fixture.sync(seen: first.version, wait: 60)
        await fixture.waitForWaiters(1)
        let end = fixture.clock.now().advanced(bySeconds: 15)
        await fixture.clock.waitForAlarm { $0 == end }
        // Half of the lease, though the agent would wait longer.
        fixture.clock.advance(bySeconds: 15)
        #expect(try await waiting == first)
    }

    @Test(.timeLimit(.minutes(1))) func closingEndsAllWaits() async throws {
        let fixture = try await LoopFixture()
        let first = try await fixture.sync()
        async let waiting = fixture.sync(seen: first.version, wait: 10)
        await fixture.waitForWaiters(1)
        await fixture.loop.close()
        #expect(try await waiting == first)
    }

    @Test(.timeLimit(.minutes(1))) func aCancelledWaitLeavesNothing() async throws {
        let fixture = try await LoopFixture()
        let first = try await fixture.sync()
        let waiting = Task { try await fixture.sync(seen: first.version, wait: 10) }
        await fixture.waitForWaiters(1)
        waiting.cancel()
        _ = try? await waiting.value
        await fixture.waitForWaiters(0)
    }

    @Test(.timeLimit(.minutes(1))) func aSecondCallOfAnAgentEndsItsFirst() async throws {
        let fixture = try await LoopFixture()
        let first = try await fixture.sync()
        async let lost = fixture.sync(seen: first.version, wait: 10)
        await fixture.waitForWaiters(1)
        async let waiting = fixture.sync(seen: first.version, wait: 10)
        #expect(try await lost == first)
        await fixture.waitForWaiters(1)
        await fixture.loop.close()
        _ = try await waiting
    }
}

extension LoopFixture {
    func waitForWaiters(_ count: Int) async {
        while await loop.waiters.count != count, !Task.isCancelled { await Task.yield() }
    }

    /// Gives tasks that were woken by the clock the time to run.
    func settle() async {
        for _ in 0..<1000 { await Task.yield() }
        await loop.start()
    }
}

func result<Value>(_ body: () async throws(Problem) -> Value) async -> Result<Value, Problem> {
    do {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}

/// Counts the transactions of a database.
final class CommitCounter: TransactionObserver {
    nonisolated(unsafe) private(set) var count = 0

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { count += 1 }
    func databaseDidRollback(_ db: Database) {}
}
