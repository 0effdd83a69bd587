public import HyperSchedProtocol

/// Holds forecasts against what came of them. The daemon and the benchmark score with this code alone.
public enum ForecastScoring {
    /// The forecasts of one sweep, scored where that can be done.
    ///
    /// - Parameters:
    ///   - records: of this sweep.
    ///   - outcomes: of this sweep; a forecast is scored by the one with its deadline.
    ///   - deadline: the sweep's present one.
    public static func scored(
        _ records: [ForecastRecord], _ outcomes: [SweepOutcome], metric: Metric, deadline: Timestamp
    ) -> [ScoredForecast] {
        records.map { record in
            guard record.forecast.range != nil else { return ScoredForecast(record: record) }
            guard let outcome = outcomes.first(where: { $0.deadline == record.deadline }) else {
                let moved = record.deadline != deadline
                return ScoredForecast(
                    record: record, unscored: moved ? "the deadline was moved to \(deadline)" : nil)
            }
            guard outcome.state == .finished || outcome.state == .deadlineReached else {
                return ScoredForecast(record: record, unscored: "the sweep was \(outcome.state.rawValue)")
            }
            guard let best = outcome.best, let score = score(record, best: best, metric) else {
                return ScoredForecast(record: record, unscored: "there is nothing to score it by")
            }
            return ScoredForecast(record: record, score: score)
        }
    }

    /// nil: there is no forecast, or nothing by which it could be scored.
    ///
    /// A sweep ends when its target is reached, so what it would have become is not known. Values beyond the target
    /// count as the target, in the outcome and in the interval: quantiles of min(X, t) are min(quantile of X, t).
    static func score(_ record: ForecastRecord, best: Double, _ metric: Metric) -> ForecastScore? {
        guard let range = record.forecast.range else { return nil }
        let events = events(of: record, best: best, metric)
        guard !events.isEmpty else { return nil }
        let most = record.target.map(metric.score(of:)) ?? .infinity
        let outcome = min(metric.score(of: best), most)
        let scores = [range.low, range.high].map { min(metric.score(of: $0), most) }.sorted()
        let slack = 1e-9 * abs(outcome)
        return ForecastScore(
            outcome: best, covered: scores[0] - slack <= outcome && outcome <= scores[1] + slack,
            worse: outcome < scores[0] - slack,
            reached: record.target.map { metric.score(of: best) >= metric.score(of: $0) },
            brier: events.reduce(0) { $0 + $1.brier } / Double(events.count))
    }

    /// Something that was given a probability, and whether it happened.
    struct Event: Hashable, Sendable {
        /// Events of one kind have something in common over sweeps: 0 is the target, 1… the steps of the ladder.
        let kind: Int
        let probability: Double
        let happened: Bool

        var brier: Double { happened ? (1 - probability) * (1 - probability) : probability * probability }
    }

    /// The target alone where there is one, else the ladder.
    static func events(of record: ForecastRecord, best: Double, _ metric: Metric) -> [Event] {
        let score = metric.score(of: best)
        if let target = record.target {
            return record.forecast.reachesTarget.map {
                [Event(kind: 0, probability: $0, happened: score >= metric.score(of: target))]
            } ?? []
        }
        return record.ladder.enumerated().map { index, threshold in
            Event(
                kind: index + 1, probability: threshold.probability,
                happened: score >= metric.score(of: threshold.value))
        }
    }
}
