import GRDB
public import HyperSchedProtocol

/// A token as it is stored.
public struct StoredToken: Hashable, Sendable {
    public var token: AccessToken
    /// SHA-256 of the secret.
    public var hash: String

    public init(token: AccessToken, hash: String) {
        self.token = token
        self.hash = hash
    }
}

/// A token that another one takes the place of.
public struct TokenReplacement: Hashable, Sendable {
    public var id: String
    /// Until when it stays valid; nil: it is revoked at once.
    public var until: Timestamp?

    public init(id: String, until: Timestamp? = nil) {
        self.id = id
        self.until = until
    }
}

/// Tokens. Several processes may write them: the daemon, and `hyperschedd token`.
extension TrialStoreDatabase {
    /// Grows whenever a token was made or revoked, by whatever process.
    public func tokenChange() async throws(StoreError) -> Int64 {
        try await read { try Int64.fetchOne($0, sql: "SELECT max(change) FROM accessToken") ?? 0 }
    }

    /// All tokens, the oldest first, with ``tokenChange()`` of the same instant.
    public func tokens() async throws(StoreError) -> (tokens: [StoredToken], change: Int64) {
        try await read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT * FROM accessToken ORDER BY createdAt, id")
            return (try rows.map(Self.storedToken), rows.map { $0["change"] as Int64 }.max() ?? 0)
        }
    }

    /// Adds a token, and ends those that it replaces in the same transaction.
    public func insert(_ stored: StoredToken, replacing: [TokenReplacement] = []) async throws(StoreError) {
        try await write { db in
            let token = stored.token
            for old in replacing { try Self.end(db, old, at: token.createdAt) }
            try db.execute(
                sql: """
                    INSERT INTO accessToken
                        (id, name, role, agent, hash, createdAt, createdBy, expiresAt, revokedAt, lastUsedAt, change)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \(Self.nextChange))
                    """,
                arguments: [
                    token.id, token.name, token.role.rawValue, token.agent?.rawValue, stored.hash,
                    token.createdAt.milliseconds, token.createdBy, token.expiresAt?.milliseconds,
                    token.revokedAt?.milliseconds, token.lastUsedAt?.milliseconds,
                ])
        }
    }

    /// From now on the token opens nothing.
    /// - Returns: false when there is no such token; true also when it was revoked before.
    public func revokeToken(_ id: String, at now: Timestamp) async throws(StoreError) -> Bool {
        try await write { db in
            guard try Bool.fetchOne(db, sql: "SELECT 1 FROM accessToken WHERE id = ?", arguments: [id]) ?? false
            else { return false }
            try Self.revoke(db, id, at: now)
            return true
        }
    }

    /// Writes down when tokens were used last.
    public func noteTokensUsed(_ instants: [String: Timestamp]) async throws(StoreError) {
        try await write { db in
            for (id, instant) in instants.sorted(by: { $0.key < $1.key }) {
                try db.execute(
                    sql: "UPDATE accessToken SET lastUsedAt = ? WHERE id = ?", arguments: [instant.milliseconds, id])
            }
        }
    }

    private static let nextChange = "(SELECT coalesce(max(change), 0) + 1 FROM accessToken)"

    private static func end(_ db: Database, _ old: TokenReplacement, at now: Timestamp) throws {
        guard let until = old.until else { return try revoke(db, old.id, at: now) }
        try db.execute(
            sql: """
                UPDATE accessToken
                SET expiresAt = min(coalesce(expiresAt, ?1), ?1), change = \(nextChange) WHERE id = ?2
                """, arguments: [until.milliseconds, old.id])
    }

    private static func revoke(_ db: Database, _ id: String, at now: Timestamp) throws {
        try db.execute(
            sql: """
                UPDATE accessToken SET revokedAt = ?, change = \(nextChange) WHERE id = ? AND revokedAt IS NULL
                """, arguments: [now.milliseconds, id])
    }

    private static func storedToken(_ row: Row) throws -> StoredToken {
        guard let role = AccessRole(rawValue: row["role"]) else {
            throw StoreError.corrupt("unknown role \(row["role"] as String)")
        }
        func instant(_ column: String) -> Timestamp? {
            (row[column] as Int64?).map { Timestamp(milliseconds: $0) }
        }
        return StoredToken(
            token: AccessToken(
                id: row["id"], name: row["name"], role: role, agent: (row["agent"] as String?).map { AgentID($0) },
                createdAt: Timestamp(milliseconds: row["createdAt"]), createdBy: row["createdBy"],
                expiresAt: instant("expiresAt"), revokedAt: instant("revokedAt"), lastUsedAt: instant("lastUsedAt")),
            hash: row["hash"])
    }
}

/// The audit log.
extension TrialStoreDatabase {
    /// Entries kept; the oldest go first.
    public static let auditLimit: Int64 = 100_000

    /// Adds entries, durably; their numbers are given here.
    public func append(audit entries: [AuditEntry], keeping limit: Int64 = auditLimit) async throws(StoreError) {
        try await write { db in
            for entry in entries {
                try db.execute(
                    sql: """
                        INSERT INTO audit (number, at, actor, token, role, address, action, result, status)
                        VALUES ((SELECT coalesce(max(number), 0) + 1 FROM audit), ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        entry.at.milliseconds, entry.actor, entry.token, entry.role.rawValue, entry.address,
                        entry.action, entry.result, entry.status,
                    ])
            }
            try db.execute(
                sql: "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?", arguments: [limit])
        }
    }

    /// The newest first. `cursor` is the number of the last entry of the page before.
    public func audit(limit: Int, cursor: String?) async throws(StoreError) -> Page<AuditEntry> {
        var before = Int64.max
        if let cursor {
            guard let number = Int64(cursor) else { throw .badCursor(cursor) }
            before = number
        }
        let bound = before
        let rows = try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",
                arguments: [bound, limit + 1]
            ).map(Self.auditEntry)
        }
        let items = Array(rows.prefix(limit))
        return Page(items: items, nextCursor: rows.count > limit ? items.last.map { "\($0.number)" } : nil)
    }

    private static func auditEntry(_ row: Row) throws -> AuditEntry {
        guard let role = AccessRole(rawValue: row["role"]) else {
            throw StoreError.corrupt("unknown role \(row["role"] as String)")
        }
        return AuditEntry(
            number: row["number"], at: Timestamp(milliseconds: row["at"]), actor: row["actor"], token: row["token"],
            role: role, address: row["address"], action: row["action"], result: row["result"], status: row["status"])
    }
}

extension TrialStoreDatabase {
    /// One transaction.
    func write<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw StoreError(error)
        }
    }
}
