import GRDB
public import HyperSchedProtocol

/// The one database of a daemon: sweeps, trials, curves, decisions. A `commit` that returns has survived a power loss.
///
/// One process writes; ``DirectoryLock`` sees to that. Reads run beside writes and see the last commit.
public final class TrialStoreDatabase: Sendable {
    /// The schema that this program writes.
    public static let schemaVersion = Schema.version

    let pool: DatabasePool
    /// Path of the database file.
    public let path: String

    /// Opens the database, makes it when it is missing, and brings an older one up to date.
    /// - Throws: ``StoreError/newerSchema(path:found:known:)`` for a database of a newer program, which stays as it is.
    public convenience init(path: String) throws(StoreError) {
        try self.init(path: path, isMigrating: true)
    }

    /// Opens the database of a daemon that may be running, for a short look or change.
    /// - Throws: ``StoreError/olderSchema(path:found:known:)`` for one that only a daemon may bring up to date.
    public convenience init(besideDaemon path: String) throws(StoreError) {
        try self.init(path: path, isMigrating: false)
    }

    private init(path: String, isMigrating: Bool) throws(StoreError) {
        self.path = path
        do {
            let pool = try DatabasePool(path: path, configuration: Self.configuration())
            try Self.refuseNewerSchema(pool, path: path)
            if isMigrating { try Schema.migrator.migrate(pool) } else { try Self.refuseOlderSchema(pool, path: path) }
            // GRDB chooses NORMAL for WAL databases, which loses the last commits at a power loss.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            self.pool = pool
        } catch {
            throw StoreError(error)
        }
    }

    private static func configuration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "TrialStore"
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        return configuration
    }

    private static func refuseNewerSchema(_ pool: DatabasePool, path: String) throws {
        let (found, superseded) = try pool.read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                try Schema.migrator.hasBeenSuperseded(db)
            )
        }
        if superseded || found > Schema.version {
            throw StoreError.newerSchema(path: path, found: found, known: Schema.version)
        }
    }

    private static func refuseOlderSchema(_ pool: DatabasePool, path: String) throws {
        let found = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        if found < Schema.version { throw StoreError.olderSchema(path: path, found: found, known: Schema.version) }
    }

    /// Closes it and leaves the write-ahead log to the daemon beside.
    public func leave() { try? pool.close() }

    /// Moves the write-ahead log into the database and closes it. Nothing may be called afterwards.
    public func close() throws(StoreError) {
        do {
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try pool.close()
        } catch {
            throw StoreError(error)
        }
    }

    /// Reads in one snapshot of the database, off the calling thread.
    func read<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError(error)
        }
    }
}

/// The key under which a client submitted a sweep, so that a repeated request is recognised.
public struct SubmissionKey: Hashable, Sendable {
    /// The client's `Idempotency-Key`, 1 to 255 characters.
    public let key: String
    /// SHA-256 of the request, 64 hexadecimal digits.
    public let fingerprint: String
    public let sweep: SweepID

    public init(key: String, fingerprint: String, sweep: SweepID) {
        self.key = key
        self.fingerprint = fingerprint
        self.sweep = sweep
    }
}
