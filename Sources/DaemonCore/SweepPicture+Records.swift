import HyperSchedProtocol
import Pictures
import TrialStore

extension SweepPicture {
    /// Curves that a picture draws: more can not be told apart, and a page would grow without end.
    static let curveLimit = 200
    /// Points of a curve: a picture has about nine hundred pixels for it.
    static let pointLimit = 120
    /// Attempts that a picture shows; the first ones of a longer sweep.
    static let attemptLimit = 20_000

    /// A sweep as it is on record.
    /// - Parameter values: of the metric, by trial.
    init(
        _ sweep: SweepSummary, attempts: [AttemptRecord],
        values: [TrialID: [TrialStoreDatabase.MetricPoint]]
    ) {
        let start = sweep.createdAt
        let now = sweep.spec.deadline.advanced(bySeconds: -sweep.timeLeftSeconds)
        let end = sweep.endedAt ?? now
        let curves = values.keys.sorted().map { trial in
            Curve(trial: trial, attempts: Self.thinned(values[trial]!, since: start))
        }
        let spans = attempts.map {
            Span(
                trial: $0.attempt.trial, slots: $0.slots.count, begin: $0.startedAt.seconds(since: start),
                end: ($0.endedAt ?? end).seconds(since: start))
        }
        let all = values.keys.sorted().map { trial in
            Curve(trial: trial, attempts: [Self.points(values[trial]!, since: start)])
        }
        self.init(
            metric: sweep.spec.metric, duration: max(1, sweep.spec.deadline.seconds(since: start)),
            now: end.seconds(since: start), hasEnded: sweep.endedAt != nil,
            slots: Self.most(spans, atLeast: sweep.slotsUsable), curves: curves,
            spans: spans, improvements: Self.improvements(of: all, metric: sweep.spec.metric),
            started: Set(attempts.map(\.attempt.trial)).count)
    }

    private static func points(_ values: [TrialStoreDatabase.MetricPoint], since start: Timestamp) -> [Point] {
        values.map { Point(seconds: $0.at.seconds(since: start), step: $0.step, objective: $0.value) }
    }

    /// Per attempt; of each stretch of a long curve its lowest and its highest point, so that no spike is lost.
    private static func thinned(_ values: [TrialStoreDatabase.MetricPoint], since start: Timestamp) -> [[Point]] {
        let attempts = Dictionary(grouping: values, by: \.attempt)
        let stretch = max(1, 2 * values.count / pointLimit)
        return attempts.keys.sorted().map { attempt in
            let all = points(attempts[attempt]!, since: start)
            guard values.count > pointLimit else { return all }
            return stride(from: 0, to: all.count, by: stretch).flatMap { first -> [Point] in
                let part = all[first..<min(first + stretch, all.count)]
                let low = part.indices.min { part[$0].objective < part[$1].objective }!
                let high = part.indices.max { part[$0].objective < part[$1].objective }!
                return Set([low, high]).sorted().map { all[$0] }
            }
        }
    }

    /// The most slots that were held at once.
    private static func most(_ spans: [Span], atLeast: Int) -> Int {
        let changes = spans.flatMap { [($0.begin, $0.slots), ($0.end, -$0.slots)] }.sorted { $0 < $1 }
        var (held, most) = (0, max(1, atLeast))
        for (_, slots) in changes {
            held += slots
            most = max(most, held)
        }
        return most
    }
}
