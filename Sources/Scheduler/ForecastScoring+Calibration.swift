public import HyperSchedProtocol

extension ForecastScoring {
    /// The forecasts of one sweep and how it ended.
    public struct Case: Sendable {
        public let metric: Metric
        /// Scored; those that were not are counted as missing where there was no forecast, and left out else.
        public let forecasts: [ScoredForecast]

        public init(metric: Metric, forecasts: [ScoredForecast]) {
            self.metric = metric
            self.forecasts = forecasts
        }
    }

    /// How good the forecasts of many sweeps were, by the moment at which they were made.
    public static func calibration(of cases: [Case]) -> ForecastCalibration {
        let samples = cases.enumerated().flatMap { sweep, one in
            one.forecasts.compactMap { Sample($0, sweep: sweep, one.metric) }
        }
        let groups: [Int?] = ForecastProgress.shares.map { Int((100 * $0).rounded()) } + [nil]
        let rows = groups.compactMap { percent -> ForecastCalibration.Row? in
            let some = samples.filter { $0.percent == percent }
            return some.isEmpty ? nil : row(percent, some)
        }
        let scored = samples.filter { !$0.events.isEmpty }
        return ForecastCalibration(
            sweeps: Set(scored.map(\.sweep)).count,
            sweepsWithTarget: Set(scored.filter { $0.events[0].kind == 0 }.map(\.sweep)).count,
            all: row(nil, samples), rows: rows, bins: bins(scored.flatMap(\.events)))
    }

    private struct Sample {
        let sweep: Int
        /// The moment's share of the time; nil: made because the deadline was moved.
        let percent: Int?
        /// Empty: no forecast could be made.
        let events: [Event]
        let covered: Bool
        let worse: Bool
        let brier: Double

        /// nil: of no use, say because the sweep was cancelled.
        init?(_ forecast: ScoredForecast, sweep: Int, _ metric: Metric) {
            let record = forecast.record
            guard forecast.score != nil || record.forecast.range == nil else { return nil }
            self.sweep = sweep
            let moments = ForecastProgress.shares.map { Int((100 * $0).rounded()) }
            percent = record.occasion == .extended ? nil : moments.last { $0 <= record.percent } ?? moments[0]
            events = forecast.score.map { ForecastScoring.events(of: record, best: $0.outcome, metric) } ?? []
            covered = forecast.score?.covered ?? false
            worse = forecast.score?.worse ?? false
            brier = forecast.score?.brier ?? 0
        }
    }

    private static func row(_ percent: Int?, _ samples: [Sample]) -> ForecastCalibration.Row {
        let scored = samples.filter { !$0.events.isEmpty }
        let count = Double(scored.count)
        return ForecastCalibration.Row(
            percent: percent, forecasts: scored.count, missing: samples.count - scored.count,
            coverage: scored.isEmpty ? nil : Double(scored.count(where: \.covered)) / count,
            worse: scored.isEmpty ? nil : Double(scored.count(where: \.worse)) / count,
            brier: scored.isEmpty ? nil : scored.reduce(0) { $0 + $1.brier } / count,
            baseRateBrier: scored.isEmpty ? nil : baseRateBrier(scored))
    }

    /// For each event the reference gives the share of events of its kind that happened in the other sweeps, with one
    /// success and one failure added to them (Laplace), so that it is defined for a single sweep: then it says 0.5.
    private static func baseRateBrier(_ samples: [Sample]) -> Double {
        struct Count {
            var happened = 0
            var all = 0
        }
        struct Key: Hashable {
            let sweep: Int
            let kind: Int
        }
        var (totals, own): ([Int: Count], [Key: Count]) = ([:], [:])
        for sample in samples {
            for event in sample.events {
                let one = event.happened ? 1 : 0
                totals[event.kind, default: Count()].happened += one
                totals[event.kind, default: Count()].all += 1
                own[Key(sweep: sample.sweep, kind: event.kind), default: Count()].happened += one
                own[Key(sweep: sample.sweep, kind: event.kind), default: Count()].all += 1
            }
        }
        let sum = samples.reduce(0.0) { sum, sample in
            let briers = sample.events.map { event in
                let (total, mine) = (totals[event.kind]!, own[Key(sweep: sample.sweep, kind: event.kind)]!)
                let rate = Double(total.happened - mine.happened + 1) / Double(total.all - mine.all + 2)
                return Event(kind: event.kind, probability: rate, happened: event.happened).brier
            }
            return sum + briers.reduce(0, +) / Double(briers.count)
        }
        return sum / Double(samples.count)
    }

    private static func bins(_ events: [Event]) -> [ForecastCalibration.Bin] {
        let count = 5
        var members = [[Event]](repeating: [], count: count)
        for event in events { members[min(Int(event.probability * Double(count)), count - 1)].append(event) }
        return members.enumerated().compactMap { index, events in
            guard !events.isEmpty else { return nil }
            return ForecastCalibration.Bin(
                low: Double(index) / Double(count), high: Double(index + 1) / Double(count), events: events.count,
                probability: events.reduce(0) { $0 + $1.probability } / Double(events.count),
                reached: Double(events.count(where: \.happened)) / Double(events.count))
        }
    }
}
