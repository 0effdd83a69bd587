import GRDB
import HyperSchedProtocol
import Testing

@testable import TrialStore

/// Tokens and the audit log on the disk.
@Suite struct AccessRecordTests {
    private func stored(_ id: String, agent: String? = nil) -> StoredToken {
        StoredToken(
            token: AccessToken(
                id: id, name: "n", role: agent == nil ? .read : .agent, agent: agent.map { AgentID($0) },
                createdAt: Samples.start, createdBy: "b"),
            hash: SHA256.hex(of: id.utf8))
    }

    @Test func everyChangeIsSeen() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        #expect(try await database.tokenChange() == 0)
        try await database.insert(stored("000000000001"))
        try await database.insert(stored("000000000002", agent: "node"))
        // As `hyperschedd token` does it.
        let beside = try TrialStoreDatabase(besideDaemon: database.path)
        #expect(try await beside.revokeToken("000000000001", at: Samples.start))
        #expect(try await !beside.revokeToken("000000000009", at: Samples.start))
        beside.leave()
        #expect(try await database.tokenChange() == 3)
        let (tokens, change) = try await database.tokens()
        #expect(change == 3 && tokens.map(\.token.revokedAt) == [Samples.start, nil])
        #expect(tokens.map(\.token.agent) == [nil, AgentID("node")])
        // Revoked twice is revoked once.
        #expect(try await database.revokeToken("000000000001", at: Samples.start.advanced(bySeconds: 5)))
        #expect(try await database.tokens().tokens.first?.token.revokedAt == Samples.start)
    }

    @Test func aTokenTakesTheOthersPlace() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        for id in ["000000000001", "000000000002"] { try await database.insert(stored(id)) }
        let until = Samples.start.advanced(bySeconds: 60)
        try await database.insert(
            stored("000000000003"),
            replacing: [TokenReplacement(id: "000000000001"), TokenReplacement(id: "000000000002", until: until)])
        let tokens = try await database.tokens().tokens.map(\.token)
        #expect(tokens.map(\.revokedAt) == [Samples.start, nil, nil])
        #expect(tokens.map(\.expiresAt) == [nil, until, nil])
        // Nothing of it happens when the new one can not be made.
        await #expect(throws: StoreError.self) {
            try await database.insert(
                stored("000000000003"), replacing: [TokenReplacement(id: "000000000002")])
        }
        #expect(try await database.tokens().tokens[1].token.revokedAt == nil)
    }

    @Test func theOldestEntriesGo() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        func entry(_ action: String) -> AuditEntry {
            AuditEntry(
                at: Samples.start, actor: "a", token: nil, role: .admin, address: "x", action: action, result: nil,
                status: 200)
        }
        for number in 1...7 { try await database.append(audit: [entry("\(number)")], keeping: 5) }
        let first = try await database.audit(limit: 3, cursor: nil)
        #expect(first.items.map(\.action) == ["7", "6", "5"] && first.items.map(\.number) == [7, 6, 5])
        let rest = try await database.audit(limit: 3, cursor: first.nextCursor)
        #expect(rest.items.map(\.action) == ["4", "3"] && rest.nextCursor == nil)
        await #expect(throws: StoreError.badCursor("x")) { try await database.audit(limit: 3, cursor: "x") }
    }

    @Test func anOlderDatabaseIsLeftToItsDaemon() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try await database.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 2") }
        let error = #expect(throws: StoreError.self) { try TrialStoreDatabase(besideDaemon: database.path) }
        #expect(error?.description.contains("restart that daemon with this version first") == true)
    }
}
