import GRDB
public import HyperSchedProtocol

extension TrialStoreDatabase {
    /// Which rows a listing of history is about.
    public enum Subject: Hashable, Sendable {
        case sweep(SweepID)
        case trial(TrialID)
    }

    /// The reports of a trial, of all its attempts, in the order of arrival.
    /// - Parameters:
    ///   - limit: at most so many points.
    ///   - cursor: `nextCursor` of the page before; nil: from the beginning.
    public func curve(
        of trial: TrialID, limit: Int, cursor: String?
    ) async throws(StoreError) -> Page<CurvePoint> {
        let after = try Self.position(cursor)
        return try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT attempt, sequence, arrival, step, metrics, elapsedSeconds, setupSeconds, at, stale, late
                        FROM report
                        WHERE trialId = ? AND arrival > ? ORDER BY arrival LIMIT ?
                        """), arguments: [trial.rawValue, after, limit + 1])
            return try Page(rows, limit: limit, item: Self.curvePoint) { row, _ in String(row["arrival"] as Int64) }
        }
    }

    /// The decisions about a sweep or a trial, oldest first.
    public func decisions(
        of subject: Subject, limit: Int, cursor: String?
    ) async throws(StoreError) -> Page<Decision> {
        let after = try Self.position(cursor)
        let (column, id) = subject.columnAndID
        return try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id, at, sweepId, trialId, kind, reason FROM decision
                        WHERE \(column) = ? AND id > ? ORDER BY id LIMIT ?
                        """), arguments: [id, after, limit + 1])
            return try Page(rows, limit: limit, item: Self.decision) { row, _ in String(row["id"] as Int64) }
        }
    }

    /// The latest decisions about a sweep or a trial, newest first.
    public func latestDecisions(of subject: Subject, limit: Int) async throws(StoreError) -> [Decision] {
        let (column, id) = subject.columnAndID
        return try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id, at, sweepId, trialId, kind, reason FROM decision
                        WHERE \(column) = ? ORDER BY id DESC LIMIT ?
                        """), arguments: [id, limit])
            return try rows.map(Self.decision)
        }
    }

    /// The attempts of a sweep or a trial by start, running ones included.
    public func attempts(
        of subject: Subject, limit: Int, cursor: String?
    ) async throws(StoreError) -> Page<AttemptRecord> {
        let key = cursor.map { $0.split(separator: ":").compactMap { Int64($0) } } ?? [-1, -1, -1]
        guard key.count == 3 else { throw .badCursor(cursor ?? "") }
        let (column, id) = subject.columnAndID
        return try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT * FROM attempt
                        WHERE \(column) = ? AND (startedAt, trialId, attempt) > (?, ?, ?)
                        ORDER BY startedAt, trialId, attempt LIMIT ?
                        """), arguments: [id, key[0], key[1], key[2], limit + 1])
            return try Page(rows, limit: limit, item: Self.attempt) { _, record in
                "\(record.startedAt.milliseconds):\(record.attempt.trial):\(record.attempt.number)"
            }
        }
    }

    private static func position(_ cursor: String?) throws(StoreError) -> Int64 {
        guard let cursor else { return 0 }
        guard let position = Int64(cursor) else { throw .badCursor(cursor) }
        return position
    }

    private static func curvePoint(_ row: Row) throws -> CurvePoint {
        CurvePoint(
            attempt: row["attempt"], sequence: row["sequence"], step: row["step"],
            metrics: try ColumnCoding.decode([String: MetricValue].self, from: row["metrics"]),
            elapsedSeconds: row["elapsedSeconds"], setupSeconds: row["setupSeconds"],
            at: Timestamp(milliseconds: row["at"]), stale: row["stale"],
            late: row["late"])
    }

    private static func decision(_ row: Row) throws -> Decision {
        guard let kind = DecisionKind(rawValue: row["kind"]) else {
            throw StoreError.corrupt("unknown decision kind \(row["kind"] as String)")
        }
        return Decision(
            at: Timestamp(milliseconds: row["at"]), sweep: SweepID(row["sweepId"] as Int64),
            trial: (row["trialId"] as Int64?).map { TrialID($0) }, kind: kind,
            reason: try ColumnCoding.decode(Reason.self, from: row["reason"]))
    }

    private static func attempt(_ row: Row) throws -> AttemptRecord {
        AttemptRecord(
            attempt: AttemptID(trial: TrialID(row["trialId"] as Int64), number: row["attempt"]),
            agent: AgentID(row["agentId"] as String),
            slots: try ColumnCoding.decode([Int].self, from: row["slots"]),
            startedAt: Timestamp(milliseconds: row["startedAt"]),
            endedAt: (row["endedAt"] as Int64?).map { Timestamp(milliseconds: $0) },
            outcome: (row["outcome"] as String?).flatMap { AttemptOutcome(rawValue: $0) },
            exitCode: row["exitCode"], signal: row["signal"], message: row["message"])
    }
}

extension TrialStoreDatabase.Subject {
    fileprivate var columnAndID: (String, Int64) {
        switch self {
        case .sweep(let id): ("sweepId", id.rawValue)
        case .trial(let id): ("trialId", id.rawValue)
        }
    }
}

extension Page {
    /// A page of at most `limit` of `rows`; one row more than that says that another page follows.
    init(_ rows: [Row], limit: Int, item: (Row) throws -> Item, cursor: (Row, Item) -> String) throws {
        let shown = try rows.prefix(limit).map(item)
        let more = rows.count > limit
        self.init(items: shown, nextCursor: more ? shown.last.map { cursor(rows[limit - 1], $0) } : nil)
    }
}
