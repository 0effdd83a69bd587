import GRDB
public import HyperSchedProtocol
public import Scheduler

extension TrialStoreDatabase {
    /// Writes all that a round changed, or nothing of it. When this returns, it is on the disk.
    /// - Parameters:
    ///   - submissions: keys of the sweeps that were submitted in this round.
    ///   - at: the instant of the round, by the daemon's clock.
    public func commit(
        _ changes: ClusterChanges, submissions: [SubmissionKey] = [], at: Timestamp
    ) async throws(StoreError) {
        do {
            try await pool.write { db in
                try CommitWriter(db: db).write(changes, submissions: submissions, at: at)
            }
        } catch {
            throw StoreError(error)
        }
    }
}

/// Writes the rows of one commit. Statements are prepared once per connection (`cachedStatement`).
private struct CommitWriter {
    let db: Database

    func write(_ changes: ClusterChanges, submissions: [SubmissionKey], at: Timestamp) throws {
        for sweep in changes.sweeps { try write(sweep) }
        for trial in changes.trials { try write(trial) }
        for agent in changes.agents { try write(agent) }
        for attempt in changes.endedAttempts { try write(ended: attempt) }
        try write(changes.leases)
        try write(changes.reports, at: at)
        for decision in changes.decisions { try write(decision) }
        for forecast in changes.forecasts { try write(forecast) }
        for outcome in changes.outcomes { try write(outcome) }
        for submission in submissions { try write(submission) }
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func write(_ sweep: SweepRecord) throws {
        try run(
            """
            INSERT INTO sweep (id, state, createdAt, endedAt, record) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                state = excluded.state, endedAt = excluded.endedAt, record = excluded.record
            """,
            [
                sweep.id.rawValue, sweep.state.rawValue, sweep.createdAt.milliseconds, sweep.endedAt?.milliseconds,
                try ColumnCoding.encode(sweep),
            ])
    }

    private func write(_ trial: TrialRecord) throws {
        try run(
            """
            INSERT INTO trial (id, sweepId, sweepIndex, state, attempt, lastStep, bestScore, record, wholeReals)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                state = excluded.state, attempt = excluded.attempt, lastStep = excluded.lastStep,
                bestScore = excluded.bestScore, record = excluded.record
            """,
            [
                trial.id.rawValue, trial.sweep.rawValue, trial.index, trial.state.rawValue, trial.attempt,
                trial.lastStep, trial.bestScore, try ColumnCoding.encode(trial),
                try ColumnCoding.encode(trial.configuration.wholeReals),
            ])
    }

    private func write(_ agent: AgentRecord) throws {
        try run(
            "INSERT INTO agent (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            [agent.id.rawValue, try ColumnCoding.encode(agent)])
    }

    /// A lease ends: the slots are free, and the history says how it went.
    private func write(ended attempt: AttemptRecord) throws {
        let (trial, number) = (attempt.attempt.trial.rawValue, attempt.attempt.number)
        try run("DELETE FROM lease WHERE trialId = ? AND attempt = ?", [trial, number])
        try run(
            """
            INSERT INTO attempt
                (trialId, attempt, sweepId, agentId, slots, startedAt, endedAt, outcome, exitCode, signal, message)
            VALUES (?1, ?2, (SELECT sweepId FROM trial WHERE id = ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (trialId, attempt) DO UPDATE SET
                endedAt = excluded.endedAt, outcome = excluded.outcome, exitCode = excluded.exitCode,
                signal = excluded.signal, message = excluded.message
            """,
            [
                trial, number, attempt.agent.rawValue, try ColumnCoding.encode(attempt.slots),
                attempt.startedAt.milliseconds, attempt.endedAt?.milliseconds, attempt.outcome?.rawValue,
                attempt.exitCode, attempt.signal, attempt.message,
            ])
    }

    /// First all slots are let go, then all are taken: within a round a slot may pass from one lease to another.
    private func write(_ leases: [LeaseRecord]) throws {
        for lease in leases {
            try run("DELETE FROM leaseSlot WHERE trialId = ?", [lease.attempt.trial.rawValue])
        }
        for lease in leases {
            try write(lease)
            for place in lease.holdings {
                for slot in place.slots {
                    try run(
                        "INSERT INTO leaseSlot (agentId, slot, trialId) VALUES (?, ?, ?)",
                        [place.agent.rawValue, slot, lease.attempt.trial.rawValue])
                }
            }
        }
    }

    private func write(_ lease: LeaseRecord) throws {
        let (trial, number) = (lease.attempt.trial.rawValue, lease.attempt.number)
        try run(
            """
            INSERT INTO lease (trialId, attempt, agentId, record) VALUES (?, ?, ?, ?)
            ON CONFLICT (trialId) DO UPDATE SET record = excluded.record WHERE attempt = excluded.attempt
            """,
            [trial, number, lease.agent.rawValue, try ColumnCoding.encode(lease)])
        // An upsert that met another attempt's lease has changed nothing: two live attempts of a trial.
        guard db.changesCount == 1 else {
            throw StoreError.impossibleRow("attempt \(lease.attempt) would run beside another attempt of its trial")
        }
        try run(
            """
            INSERT INTO attempt (trialId, attempt, sweepId, agentId, slots, startedAt) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (trialId, attempt) DO NOTHING
            """,
            [
                trial, number, lease.sweep.rawValue, lease.agent.rawValue, try ColumnCoding.encode(lease.allSlots),
                lease.startedAt.milliseconds,
            ])
    }

    /// Reports get their numbers of arrival. One that is there already (a stale attempt's, sent again) stays as it was.
    private func write(_ reports: [StoredReport], at: Timestamp) throws {
        let first = try Int64.fetchOne(db.cachedStatement(sql: "SELECT arrival FROM clock")) ?? 0
        for (offset, stored) in reports.enumerated() {
            try write(stored, arrival: first + Int64(offset) + 1)
        }
        try run(
            "UPDATE clock SET at = max(at, ?), arrival = ?", [at.milliseconds, first + Int64(reports.count)])
    }

    private func write(_ stored: StoredReport, arrival: Int64) throws {
        let (report, timing) = (stored.report, stored.timing)
        try run(
            """
            INSERT INTO report (trialId, attempt, sequence, arrival, step, metrics, elapsedSeconds, setupSeconds, at,
                stale, late, timingSeconds, timingSteps, timingSetup, timingSlots)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (trialId, attempt, sequence) DO NOTHING
            """,
            [
                report.attempt.trial.rawValue, report.attempt.number, report.sequence, arrival, report.step,
                try ColumnCoding.encode(report.metrics), report.elapsedSeconds, report.setupSeconds,
                stored.at.milliseconds, stored.stale, stored.late, timing?.iterationSeconds, timing?.iterationSteps,
                timing?.setupSeconds, timing?.slots,
            ])
    }

    private func write(_ decision: Decision) throws {
        try run(
            "INSERT INTO decision (at, sweepId, trialId, kind, rule, reason) VALUES (?, ?, ?, ?, ?, ?)",
            [
                decision.at.milliseconds, decision.sweep.rawValue, decision.trial?.rawValue, decision.kind.rawValue,
                decision.reason.rule, try ColumnCoding.encode(decision.reason),
            ])
    }

    private func write(_ record: ForecastRecord) throws {
        let (range, target) = (record.forecast.range, record.target)
        try run(
            """
            INSERT OR REPLACE INTO forecast (sweepId, at, deadline, occasion, percent, missing, expected, low, high,
                target, reachesTarget, ladder, best)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                record.sweep.rawValue, record.at.milliseconds, record.deadline.milliseconds,
                record.occasion.rawValue, record.percent, record.forecast.missing, range?.expected, range?.low,
                range?.high, target, record.forecast.reachesTarget, try ColumnCoding.encode(record.ladder), record.best,
            ])
    }

    /// A sweep that ends again with the same deadline has the later end.
    private func write(_ outcome: SweepOutcome) throws {
        try run(
            """
            INSERT INTO sweepOutcome (sweepId, deadline, endedAt, state, best) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (sweepId, deadline) DO UPDATE SET
                endedAt = excluded.endedAt, state = excluded.state, best = excluded.best
            """,
            [
                outcome.sweep.rawValue, outcome.deadline.milliseconds, outcome.endedAt.milliseconds,
                outcome.state.rawValue, outcome.best,
            ])
    }

    private func write(_ submission: SubmissionKey) throws {
        try run(
            "INSERT INTO idempotency (key, fingerprint, sweepId) VALUES (?, ?, ?)",
            [submission.key, submission.fingerprint, submission.sweep.rawValue])
    }
}
