import GRDB
public import HyperSchedProtocol
public import Scheduler

extension TrialStoreDatabase {
    /// What was foretold of a sweep, oldest first, and how it ended, as often as it did.
    public func forecasts(
        of sweep: SweepID
    ) async throws(StoreError) -> (records: [ForecastRecord], outcomes: [SweepOutcome]) {
        try await read { try Self.forecasts($0, of: sweep) }
    }

    /// The forecasts of the newest `limit` sweeps that have ended, scored; the newest sweep first.
    public func endedForecasts(limit: Int) async throws(StoreError) -> [ForecastScoring.Case] {
        try await read { db in
            let sweeps = try Self.records(
                SweepRecord.self, db,
                """
                SELECT record FROM sweep WHERE endedAt IS NOT NULL AND EXISTS
                    (SELECT 1 FROM forecast WHERE sweepId = sweep.id)
                ORDER BY id DESC LIMIT ?
                """, [limit])
            return try sweeps.map { sweep in
                let (records, outcomes) = try Self.forecasts(db, of: sweep.id)
                let metric = sweep.spec.metric
                return ForecastScoring.Case(
                    metric: metric,
                    forecasts: ForecastScoring.scored(records, outcomes, metric: metric, deadline: sweep.spec.deadline))
            }
        }
    }

    private static func forecasts(
        _ db: Database, of sweep: SweepID
    ) throws -> (records: [ForecastRecord], outcomes: [SweepOutcome]) {
        let records = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM forecast WHERE sweepId = ? ORDER BY at"),
            arguments: [sweep.rawValue])
        let outcomes = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM sweepOutcome WHERE sweepId = ? ORDER BY deadline"),
            arguments: [sweep.rawValue])
        return (try records.map(forecast), try outcomes.map(outcome))
    }

    private static func forecast(_ row: Row) throws -> ForecastRecord {
        guard let occasion = ForecastRecord.Occasion(rawValue: row["occasion"]) else {
            throw StoreError.corrupt("unknown occasion \(row["occasion"] as String)")
        }
        let missing: String? = row["missing"]
        return ForecastRecord(
            sweep: SweepID(row["sweepId"] as Int64), at: Timestamp(milliseconds: row["at"]),
            deadline: Timestamp(milliseconds: row["deadline"]), occasion: occasion, percent: row["percent"],
            forecast: missing.map { SweepForecast(missing: $0) }
                ?? SweepForecast(
                    range: ForecastRange(expected: row["expected"], low: row["low"], high: row["high"]),
                    reachesTarget: row["reachesTarget"]),
            target: row["target"],
            ladder: try ColumnCoding.decode([ForecastRecord.Threshold].self, from: row["ladder"]), best: row["best"])
    }

    private static func outcome(_ row: Row) throws -> SweepOutcome {
        guard let state = SweepState(rawValue: row["state"]) else {
            throw StoreError.corrupt("unknown state \(row["state"] as String)")
        }
        return SweepOutcome(
            sweep: SweepID(row["sweepId"] as Int64), deadline: Timestamp(milliseconds: row["deadline"]),
            endedAt: Timestamp(milliseconds: row["endedAt"]), state: state, best: row["best"])
    }
}
