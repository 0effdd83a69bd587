import GRDB
public import HyperSchedProtocol
public import Scheduler

extension TrialStoreDatabase {
    /// Everything that the scheduler needs to go on after a restart.
    public func load() async throws(StoreError) -> ClusterSnapshot {
        try await read { db in
            var snapshot = ClusterSnapshot()
            snapshot.sweeps = try Self.records(SweepRecord.self, db, "SELECT record FROM sweep ORDER BY id")
            snapshot.trials = try Self.trials(db, "SELECT record, wholeReals FROM trial ORDER BY id", [])
            snapshot.agents = try Self.records(AgentRecord.self, db, "SELECT record FROM agent ORDER BY id")
            snapshot.leases = try Self.leases(db)
            snapshot.timings = try Self.timings(db, where: "sweep.endedAt IS NULL")
            snapshot.lastSweep = try Int64.fetchOne(db, sql: "SELECT max(id) FROM sweep") ?? 0
            snapshot.lastTrial = try Int64.fetchOne(db, sql: "SELECT max(id) FROM trial") ?? 0
            return snapshot
        }
    }

    /// The latest instant that was ever committed: the clock goes on from there.
    public func latestInstant() async throws(StoreError) -> Timestamp {
        try await read { db in
            Timestamp(milliseconds: try Int64.fetchOne(db, sql: "SELECT at FROM clock") ?? 0)
        }
    }

    /// All keys under which sweeps were submitted, by key.
    public func submissions() async throws(StoreError) -> [SubmissionKey] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT key, fingerprint, sweepId FROM idempotency ORDER BY key").map {
                SubmissionKey(key: $0["key"], fingerprint: $0["fingerprint"], sweep: SweepID($0["sweepId"] as Int64))
            }
        }
    }

    /// A lease's row is as it was when the lease last changed; its reports have come since.
    private static func leases(_ db: Database) throws -> [LeaseRecord] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT record, (
                    SELECT at FROM report WHERE trialId = lease.trialId AND attempt = lease.attempt AND NOT stale
                    ORDER BY sequence DESC LIMIT 1
                ) AS reportedAt
                FROM lease ORDER BY trialId
                """)
        return try rows.map { row in
            var lease = try ColumnCoding.decode(LeaseRecord.self, from: row["record"])
            if let at = row["reportedAt"] as Int64? { lease.reported(at: Timestamp(milliseconds: at)) }
            return lease
        }
    }

    static func records<Value: Decodable>(
        _ type: Value.Type, _ db: Database, _ sql: String, _ arguments: StatementArguments = []
    ) throws -> [Value] {
        try String.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map {
            try ColumnCoding.decode(type, from: $0)
        }
    }

    /// Trials of rows that have the columns `record` and `wholeReals`.
    static func trials(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws -> [TrialRecord] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(trial)
    }

    static func trial(_ row: Row) throws -> TrialRecord {
        let trial = try ColumnCoding.decode(TrialRecord.self, from: row["record"])
        let wholeReals = try ColumnCoding.decode([String].self, from: row["wholeReals"])
        return wholeReals.isEmpty ? trial : trial.with(trial.configuration.restoringWholeReals(wholeReals))
    }

    /// What the reports of one sweep, ended or not, told about speed, in order of arrival.
    public func timings(of sweep: SweepID) async throws(StoreError) -> [ReportTiming] {
        try await read { db in
            try Self.timings(db, where: "sweep.id = ?", [sweep.rawValue])[sweep] ?? []
        }
    }

    private static func timings(
        _ db: Database, where condition: String, _ arguments: StatementArguments = []
    ) throws -> [SweepID: [ReportTiming]] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT trial.sweepId, trialId, timingSeconds, timingSteps, timingSetup, timingSlots FROM report
                JOIN trial ON trial.id = report.trialId JOIN sweep ON sweep.id = trial.sweepId
                WHERE \(condition) AND timingSeconds IS NOT NULL ORDER BY arrival
                """,
            arguments: arguments)
        var timings: [SweepID: [ReportTiming]] = [:]
        while let row = try rows.next() {
            let timing = ReportTiming(
                trial: TrialID(row["trialId"] as Int64), iterationSeconds: row["timingSeconds"],
                iterationSteps: row["timingSteps"], setupSeconds: row["timingSetup"], slots: row["timingSlots"])
            timings[SweepID(row["sweepId"] as Int64), default: []].append(timing)
        }
        return timings
    }
}

extension TrialRecord {
    /// The same trial with another configuration.
    fileprivate func with(_ configuration: HyperSchedProtocol.Configuration) -> TrialRecord {
        var copy = TrialRecord(
            id: id, sweep: sweep, index: index, configuration: configuration, seed: seed, createdAt: createdAt)
        copy.copyProgress(of: self)
        return copy
    }

    private mutating func copyProgress(of other: TrialRecord) {
        (state, stateReason, attempt, failures) = (other.state, other.stateReason, other.attempt, other.failures)
        (lastStep, bestScore, bestStep, lastScore) = (other.lastStep, other.bestScore, other.bestStep, other.lastScore)
        (lastSequence, scoredReports) = (other.lastSequence, other.scoredReports)
        (unscoredReports, lastElapsed) = (other.unscoredReports, other.lastElapsed)
        (trainedSeconds, wallSeconds, metricNames) = (other.trainedSeconds, other.wallSeconds, other.metricNames)
        (latestCheckpoint, bestCheckpoint) = (other.latestCheckpoint, other.bestCheckpoint)
        (proposalKey, observation) = (other.proposalKey, other.observation)
        (attemptStartStep, policy, lineage) = (other.attemptStartStep, other.policy, other.lineage)
        stoppedForDeadline = other.stoppedForDeadline
        (failureLog, leastSlots, holdsOutUntil) = (other.failureLog, other.leastSlots, other.holdsOutUntil)
        (progressSeconds, checkpointSeconds, timeMarks) =
            (other.progressSeconds, other.checkpointSeconds, other.timeMarks)
    }
}
