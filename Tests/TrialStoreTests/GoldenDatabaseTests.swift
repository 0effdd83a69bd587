import Foundation
import GRDB
import HyperSchedProtocol
import Scheduler
import Testing

@testable import TrialStore

/// Databases of every schema version that was ever released, as SQL text in Golden/. Each must open, be brought up to
/// date, hold what it held, and work. `UPDATE_GOLDEN=1 swift test --filter GoldenDatabaseTests` writes the file of the
/// present version; files of older versions are never written again.
@Suite struct GoldenDatabaseTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden"

    private static var content: ClusterChanges {
        var changes = Samples.running
        changes.trials.append(Samples.fullTrial(2, lineage: nil))
        changes.reports = [Samples.report(sequence: 1), Samples.report(sequence: 2, step: 2, stale: true)]
        changes.decisions = [Samples.decision("first"), Samples.decision("about the sweep", trial: nil)]
        // Since schema 2.
        changes.forecasts = [Samples.missingForecast(), Samples.forecast(), Samples.forecastOfTarget()]
        changes.outcomes = [Samples.outcome(seconds: 1800, state: .finished), Samples.outcome(best: nil)]
        return changes
    }

    private static let key = SubmissionKey(key: "k", fingerprint: String(repeating: "0", count: 64), sweep: SweepID(1))

    // Since schema 3.
    private static let token = StoredToken(
        token: AccessToken(
            id: "0123456789ab", name: "node", role: .agent, agent: AgentID("node"), createdAt: Samples.start,
            createdBy: "alice", expiresAt: Samples.start.advanced(bySeconds: 9)),
        hash: String(repeating: "a", count: 64))
    private static let entry = AuditEntry(
        number: 1, at: Samples.start, actor: "alice", token: "0123456789ab", role: .admin, address: "10.0.0.1",
        action: "POST /api/v1/sweeps", result: "/api/v1/sweeps/1", status: 201)

    @Test(.enabled(if: ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil))
    func update() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try await database.commit(Self.content, submissions: [Self.key], at: Samples.start)
        try await database.insert(Self.token)
        try await database.append(audit: [Self.entry])
        let text = try await database.read { try DatabaseDump.text($0) }
        try text.write(
            toFile: "\(Self.folder)/schema\(Schema.version).sql", atomically: true, encoding: .utf8)
    }

    @Test(arguments: 1...TrialStoreDatabase.schemaVersion)
    func opensAndWorks(version: Int) async throws {
        let directory = TemporaryDirectory()
        let text = try String(contentsOfFile: "\(Self.folder)/schema\(version).sql", encoding: .utf8)
        let queue = try DatabaseQueue(path: directory.path + "/test.sqlite")
        try await queue.write { try $0.execute(sql: text) }
        try queue.close()

        let database = try directory.database()
        let check = try await database.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
        #expect(check == "ok")
        let snapshot = try await database.load()
        #expect(snapshot.sweeps == Self.content.sweeps)
        #expect(snapshot.trials == Self.content.trials)
        #expect(snapshot.agents == Self.content.agents)
        #expect(snapshot.leases == Self.content.leases)
        #expect(snapshot.timings == [SweepID(1): [Samples.report(sequence: 1).timing!]])
        #expect(try await database.submissions() == [Self.key])
        let foretold = try await database.forecasts(of: SweepID(1))
        #expect(foretold.records == (version < 2 ? [] : Self.content.forecasts))
        #expect(foretold.outcomes == (version < 2 ? [] : Self.content.outcomes))
        #expect(try await database.tokens().tokens == (version < 3 ? [] : [Self.token]))
        #expect(try await database.audit(limit: 9, cursor: nil).items == (version < 3 ? [] : [Self.entry]))
        #expect(try await database.revokeToken(Self.token.token.id, at: Samples.start) == (version >= 3))

        var next = ClusterChanges()
        next.reports = [Samples.report(sequence: 3, step: 3)]
        next.forecasts = [Samples.forecast(percent: 90)]
        try await database.commit(next, at: Samples.start)
        #expect(try await database.forecasts(of: SweepID(1)).records.last == Samples.forecast(percent: 90))
        #expect(try await database.curve(of: TrialID(1), limit: 9, cursor: nil).items.map(\.sequence) == [1, 2, 3])
    }

    /// A migration that has landed makes the same tables for ever.
    @Test func thePresentSchemaIsTheGoldenOne() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        let made = try await database.read { try DatabaseDump.text($0) }
        let golden = try String(contentsOfFile: "\(Self.folder)/schema\(Schema.version).sql", encoding: .utf8)
        #expect(Self.withoutRows(made) == Self.withoutRows(golden))
    }

    /// An older database has the same tables in the end as a new one.
    @Test(arguments: 1...TrialStoreDatabase.schemaVersion)
    func migrationsLeadToThePresentSchema(version: Int) async throws {
        let directory = TemporaryDirectory()
        let text = try String(contentsOfFile: "\(Self.folder)/schema\(version).sql", encoding: .utf8)
        let queue = try DatabaseQueue(path: directory.path + "/test.sqlite")
        try await queue.write { try $0.execute(sql: text) }
        try queue.close()
        let migrated = try await directory.database().read { try DatabaseDump.text($0) }
        let fresh = try await directory.database("new.sqlite").read { try DatabaseDump.text($0) }
        #expect(Self.withoutRows(migrated).sorted() == Self.withoutRows(fresh).sorted())
    }

    private static func withoutRows(_ dump: String) -> [Substring] {
        dump.split(separator: "\n").filter { !$0.hasPrefix("INSERT") }
    }

    @Test(arguments: ["PRAGMA user_version = 99", "INSERT INTO grdb_migrations (identifier) VALUES ('99')"])
    func aNewerDatabaseIsRefusedAndLeftAlone(sql: String) throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try database.pool.writeWithoutTransaction { try $0.execute(sql: sql) }
        try database.close()
        let error = #expect(throws: StoreError.self) { try directory.database() }
        #expect(error?.description.contains("update hyperschedd or use another data directory") == true)
    }

    @Test func somethingElseIsNoDatabase() throws {
        let directory = TemporaryDirectory()
        try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: directory.path + "/test.sqlite"))
        let error = #expect(throws: StoreError.self) { try directory.database() }
        guard case .corrupt = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
