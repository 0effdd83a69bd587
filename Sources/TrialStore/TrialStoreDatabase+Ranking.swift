import GRDB
public import HyperSchedProtocol
public import Scheduler

extension TrialStoreDatabase {
    /// The trials of a sweep, best objective first, trials without one last by id. The index `trialRanking` is the
    /// ranking: a page costs its own length, whatever the number of trials.
    /// - Parameters:
    ///   - metric: the sweep's metric: objectives are given in its own direction.
    ///   - cursor: `nextCursor` of the page before; nil: from the best.
    public func ranking(
        of sweep: SweepID, metric: Metric, limit: Int, cursor: String?
    ) async throws(StoreError) -> Page<RankedTrial> {
        guard let start = cursor.map({ RankingCursor($0) }) ?? .beginning else { throw .badCursor(cursor ?? "") }
        return try await read { db in
            let trials = try Self.rankedRecords(db, sweep, after: start, limit: limit + 1)
            let items = try trials.prefix(limit).enumerated().map { offset, trial in
                try Self.ranked(db, trial, rank: start.rank + offset + 1, metric: metric)
            }
            let last = trials.count > limit ? trials.prefix(limit).last : nil
            return Page(items: items, nextCursor: last.map { RankingCursor(rank: start.rank + limit, $0).text })
        }
    }

    /// One trial with its present rank; nil when there is no such trial.
    public func rankedTrial(
        _ id: TrialID, metric: Metric
    ) async throws(StoreError) -> (record: TrialRecord, ranked: RankedTrial)? {
        try await read { db in
            let found = try Self.trials(db, "SELECT record, wholeReals FROM trial WHERE id = ?", [id.rawValue])
            guard let trial = found.first else { return nil }
            let better = try Int.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT count(*) FROM trial WHERE sweepId = ?1 AND (
                            bestScore > ?2 OR (bestScore IS ?2 AND id < ?3) OR (?2 IS NULL AND bestScore IS NOT NULL))
                        """), arguments: [trial.sweep.rawValue, trial.bestScore, id.rawValue])
            return (trial, try Self.ranked(db, trial, rank: (better ?? 0) + 1, metric: metric))
        }
    }

    /// Up to `limit` trials that follow the cursor: equals of its score, then lower scores, then trials without one.
    /// Three walks along the index; one condition with OR would make SQLite read all of it.
    private static func rankedRecords(
        _ db: Database, _ sweep: SweepID, after start: RankingCursor, limit: Int
    ) throws -> [TrialRecord] {
        let columns = "SELECT record, wholeReals FROM trial WHERE sweepId = ?"
        var found: [TrialRecord] = []
        if let score = start.score {
            let walks: [(String, StatementArguments)] = [
                (" AND bestScore = ? AND id > ? ORDER BY id LIMIT ?", [score, start.trial]),
                (" AND bestScore < ? ORDER BY bestScore DESC, id LIMIT ?", [score]),
            ]
            for (condition, arguments) in walks where found.count < limit {
                let rest = limit - found.count
                found += try trials(db, columns + condition, [sweep.rawValue] + arguments + [rest])
            }
        }
        if found.count < limit {
            found += try trials(
                db, columns + " AND bestScore IS NULL AND id > ? ORDER BY id LIMIT ?",
                [sweep.rawValue, start.score == nil ? start.trial : 0, limit - found.count])
        }
        return found
    }

    private static func ranked(
        _ db: Database, _ trial: TrialRecord, rank: Int, metric: Metric
    ) throws -> RankedTrial {
        let lease = try records(
            LeaseRecord.self, db, "SELECT record FROM lease WHERE trialId = ?", [trial.id.rawValue]
        ).first
        let latest = try String.fetchOne(
            db.cachedStatement(sql: "SELECT reason FROM decision WHERE trialId = ? ORDER BY id DESC LIMIT 1"),
            arguments: [trial.id.rawValue])
        let reason = try latest.map { try ColumnCoding.decode(Reason.self, from: $0) }
        return RankedTrial(
            rank: rank, trial: trial.id, state: trial.state,
            objective: trial.bestScore.flatMap { $0.isFinite ? metric.value(ofScore: $0) : nil },
            objectiveStep: trial.bestStep, lastStep: trial.lastStep, slots: lease?.slotCount ?? 0,
            attempt: trial.attempt, configuration: trial.configuration, reason: reason?.text,
            bestCheckpoint: trial.bestCheckpoint)
    }
}

/// Where the next page of a ranking begins: after this score and trial. On the wire `rank:score:trial`, the score empty
/// for a trial without one.
private struct RankingCursor {
    /// Rank of the last trial shown.
    var rank: Int
    var score: Double?
    var trial: Int64

    static let beginning = RankingCursor(rank: 0, score: .infinity, trial: 0)

    init(rank: Int, score: Double?, trial: Int64) {
        (self.rank, self.score, self.trial) = (rank, score, trial)
    }

    init(rank: Int, _ trial: TrialRecord) {
        self.init(rank: rank, score: trial.bestScore, trial: trial.id.rawValue)
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let rank = Int(parts[0]), let trial = Int64(parts[2]) else { return nil }
        let score = Double(parts[1])
        guard parts[1].isEmpty || score != nil else { return nil }
        self.init(rank: rank, score: score, trial: trial)
    }

    var text: String { "\(rank):\(score.map { String($0) } ?? ""):\(trial)" }
}
