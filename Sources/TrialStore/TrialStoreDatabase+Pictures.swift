import GRDB
public import HyperSchedProtocol

extension TrialStoreDatabase {
    /// One value of a trial's metric, as a picture needs it.
    public struct MetricPoint: Hashable, Sendable {
        public var attempt: Int
        public var step: Int
        /// In the metric's own direction; finite.
        public var value: Double
        public var at: Timestamp
    }

    /// The finite values of one metric of some trials, those that count (neither stale nor late), in the order of
    /// arrival.
    public func values(
        of metric: String, trials: [TrialID]
    ) async throws(StoreError) -> [TrialID: [MetricPoint]] {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT attempt, step, at, (SELECT value FROM json_each(metrics) WHERE key = ?2) AS value
                    FROM report WHERE trialId = ?1 AND stale = 0 AND late = 0 ORDER BY arrival
                    """)
            var found: [TrialID: [MetricPoint]] = [:]
            for trial in trials {
                let rows = try Row.fetchCursor(statement, arguments: [trial.rawValue, metric])
                var points: [MetricPoint] = []
                while let row = try rows.next() {
                    // What is no number is a text: NaN, Infinity.
                    guard let value = Double.fromDatabaseValue(row["value"]), value.isFinite else { continue }
                    points.append(
                        MetricPoint(
                            attempt: row["attempt"], step: row["step"], value: value,
                            at: Timestamp(milliseconds: row["at"])))
                }
                found[trial] = points
            }
            return found
        }
    }
}
