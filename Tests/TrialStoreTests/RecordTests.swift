import GRDB
import HyperSchedProtocol
import Scheduler
import Testing

@testable import TrialStore

/// What goes in comes out, to the last bit.
@Suite struct RecordTests {
    @Test func everyFieldOfATrialSurvives() async throws {
        var full = Samples.fullTrial()
        // Fields that the golden database of schema 1 can not have.
        full.lineage = Lineage(parent: TrialID(1), parentStep: 3, replaces: TrialID(2))
        full.stoppedForDeadline = true
        (full.progressSeconds, full.checkpointSeconds) = (12.5, 10.25)
        full.timeMarks = [TimeMark(step: 3, seconds: 12.5)]
        full.failureLog = [
            AttemptFailure(attempt: 1, agent: AgentID("a"), kind: .oom, explanation: "x", lastLines: ["y"])
        ]
        (full.leastSlots, full.holdsOutUntil) = (2, Samples.start)
        // A new field of the record must be added to the sample, and to what restores whole real values.
        let plain = Samples.trial()
        let names = zip(Mirror(reflecting: full).children, Mirror(reflecting: plain).children)
            .filter { "\($0.value)" == "\($1.value)" }.map { $0.0.label ?? "" }
        #expect(names == ["id", "sweep", "createdAt"], "fields of the sample that have their default")
        let directory = TemporaryDirectory()
        let database = try directory.database()
        var changes = ClusterChanges()
        changes.sweeps = [Samples.sweep()]
        changes.trials = [full]
        try await database.commit(changes, at: Samples.start)
        #expect(try await database.load().trials == [full])
    }

    @Test func wholeRealsDoNotBecomeIntegers() {
        let values: [(name: String, value: ParameterValue)] = [("a", .real(2)), ("b", .int(2)), ("c", .real(2.5))]
        let configuration = HyperSchedProtocol.Configuration(values)
        #expect(configuration.wholeReals == ["a"])
        let damaged = HyperSchedProtocol.Configuration([("a", .int(2)), ("b", .int(2)), ("c", .real(2.5))])
        #expect(damaged.restoringWholeReals(["a"]) == configuration)
    }

    @Test func submissionsAreRemembered() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        let key = SubmissionKey(key: "k", fingerprint: SHA256.hex(of: []), sweep: SweepID(1))
        try await database.commit(Samples.running, submissions: [key], at: Samples.start)
        #expect(try await database.submissions() == [key])
        await #expect(throws: StoreError.self) {
            try await database.commit(ClusterChanges(), submissions: [key], at: Samples.start)
        }
    }

    @Test func commitsSurvivePowerLoss() throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        let mode = try database.pool.writeWithoutTransaction { db in
            [
                try String.fetchOne(db, sql: "PRAGMA journal_mode"), try String.fetchOne(db, sql: "PRAGMA synchronous"),
                try String.fetchOne(db, sql: "PRAGMA foreign_keys"),
            ]
        }
        #expect(mode == ["wal", "2", "1"])
    }

    @Test func theRankingIsAnIndex() throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        let plan = try database.pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    EXPLAIN QUERY PLAN SELECT record FROM trial
                    WHERE sweepId = 1 AND bestScore < 0.5 ORDER BY bestScore DESC, id LIMIT 10
                    """
            ).map { $0["detail"] as String }
        }
        #expect(plan.allSatisfy { $0.contains("trialRanking") && !$0.contains("TEMP B-TREE") }, "\(plan)")
    }

    @Test func wrongCursorsAreRefused() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        let (metric, sweep) = (Samples.spec().metric, SweepID(1))
        await #expect(throws: StoreError.badCursor("x")) {
            try await database.ranking(of: sweep, metric: metric, limit: 1, cursor: "x")
        }
        await #expect(throws: StoreError.badCursor("x")) {
            try await database.curve(of: TrialID(1), limit: 1, cursor: "x")
        }
        await #expect(throws: StoreError.badCursor("1:2")) {
            try await database.attempts(of: .sweep(sweep), limit: 1, cursor: "1:2")
        }
    }
}
