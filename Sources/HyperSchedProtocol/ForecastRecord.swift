/// A sweep's forecast as it was written down while the sweep ran, to be held against what came of it.
public struct ForecastRecord: Hashable, Sendable, Codable {
    /// Why it was written down.
    public enum Occasion: String, Hashable, Sendable, Codable, CaseIterable {
        /// A fixed share of the sweep's time had passed.
        case share
        /// The deadline had been moved.
        case extended
    }

    /// One event that a forecast is scored by where the sweep has no target: the sweep's best reaches `value`.
    public struct Threshold: Hashable, Sendable, Codable {
        /// In the metric's own direction.
        public var value: Double
        /// P(the best at the deadline is `value` or better), 0…1.
        public var probability: Double

        public init(value: Double, probability: Double) {
            self.value = value
            self.probability = probability
        }
    }

    public var sweep: SweepID
    public var at: Timestamp
    /// The deadline that it is about.
    public var deadline: Timestamp
    public var occasion: Occasion
    /// Share of the time from the sweep's acceptance to ``deadline`` that had passed, whole percent.
    public var percent: Int
    public var forecast: SweepForecast
    /// The sweep's target at that time.
    public var target: Double?
    /// Only for a sweep without a target: the five values that all forecasts of this sweep for this deadline are scored
    /// by, from the easiest to the hardest (see docs/SCHEDULING.md, "Odds").
    public var ladder: [Threshold]
    /// Best objective so far; nil: none.
    public var best: Double?

    public init(
        sweep: SweepID, at: Timestamp, deadline: Timestamp, occasion: Occasion, percent: Int, forecast: SweepForecast,
        target: Double?, ladder: [Threshold], best: Double?
    ) {
        self.sweep = sweep
        self.at = at
        self.deadline = deadline
        self.occasion = occasion
        self.percent = percent
        self.forecast = forecast
        self.target = target
        self.ladder = ladder
        self.best = best
    }
}

/// How a sweep ended, for the forecasts about its ``deadline``. A sweep that is extended after its end ends once more.
public struct SweepOutcome: Hashable, Sendable, Codable {
    public var sweep: SweepID
    /// The deadline that the sweep had when it ended.
    public var deadline: Timestamp
    public var endedAt: Timestamp
    /// A terminal state.
    public var state: SweepState
    /// Best objective reported in time; nil: none.
    public var best: Double?

    public init(sweep: SweepID, deadline: Timestamp, endedAt: Timestamp, state: SweepState, best: Double?) {
        self.sweep = sweep
        self.deadline = deadline
        self.endedAt = endedAt
        self.state = state
        self.best = best
    }
}
