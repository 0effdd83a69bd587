import GRDB

extension Schema {
    /// Schema 3: tokens, and the audit log.
    @Sendable
    static func createVersion3(_ db: Database) throws {
        for statement in accessTables3 { try db.execute(sql: statement) }
        try db.execute(sql: "PRAGMA user_version = 3")
    }

    private static let accessTables3 = [
        """
        CREATE TABLE accessToken (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 12),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            role TEXT NOT NULL CHECK (role IN ('admin', 'submit', 'read', 'agent-join', 'agent')),
            -- the one agent that it is for
            agent TEXT CHECK (length(agent) BETWEEN 1 AND 64),
            -- SHA-256 of the secret
            hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
            createdAt INTEGER NOT NULL CHECK (createdAt >= 0),
            createdBy TEXT NOT NULL CHECK (length(createdBy) BETWEEN 1 AND 64),
            expiresAt INTEGER,
            revokedAt INTEGER,
            lastUsedAt INTEGER,
            -- grows with every token that is made or revoked, also by another process: tells that there is news
            change INTEGER NOT NULL UNIQUE CHECK (change > 0),
            CHECK ((role = 'agent') = (agent IS NOT NULL))
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL CHECK (at >= 0),
            actor TEXT NOT NULL,
            token TEXT,
            role TEXT NOT NULL,
            address TEXT NOT NULL,
            action TEXT NOT NULL,
            result TEXT,
            status INTEGER NOT NULL
        ) STRICT
        """,
    ]
}
