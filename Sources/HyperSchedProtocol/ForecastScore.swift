/// How good a forecast was.
public struct ForecastScore: Hashable, Sendable, Codable {
    /// The sweep's best objective when it ended.
    public var outcome: Double
    /// The outcome was within the 80 % interval.
    public var covered: Bool
    /// It was worse than the whole interval.
    public var worse: Bool
    /// The target was reached; nil: the sweep had none.
    public var reached: Bool?
    /// Brier score, 0 (certain and right) to 1 (certain and wrong): (P - 1)² or P² for the target; without a target the
    /// mean over the thresholds of the ladder.
    public var brier: Double

    public init(outcome: Double, covered: Bool, worse: Bool = false, reached: Bool?, brier: Double) {
        self.outcome = outcome
        self.covered = covered
        self.worse = worse
        self.reached = reached
        self.brier = brier
    }
}

/// One forecast of a sweep and, once it is known, how good it was: `SweepSummary.forecasts`.
public struct ScoredForecast: Hashable, Sendable, Codable {
    public var record: ForecastRecord
    /// nil: not scored.
    public var score: ForecastScore?
    /// Why it never will be, for people; nil: it is, or the sweep goes on.
    public var unscored: String?

    public init(record: ForecastRecord, score: ForecastScore? = nil, unscored: String? = nil) {
        self.record = record
        self.score = score
        self.unscored = unscored
    }
}

/// `GET /api/v1/forecasts`: how good the forecasts of the sweeps were that have ended.
public struct ForecastCalibration: Hashable, Sendable, Codable {
    /// Forecasts of one moment of the sweeps' lives.
    public struct Row: Hashable, Sendable, Codable {
        /// Share of the sweep's time that had passed, percent; nil: the forecasts made when a deadline was moved, or,
        /// in ``ForecastCalibration/all``, every forecast.
        public var percent: Int?
        /// Forecasts that were scored.
        public var forecasts: Int
        /// Moments at which no forecast could be made.
        public var missing: Int
        /// Share of the outcomes within the 80 % interval; well calibrated: 0.8. nil: nothing was scored.
        public var coverage: Double?
        /// Share of the outcomes worse than the interval; well calibrated: 0.1. More: the forecasts promise too much.
        public var worse: Double?
        /// Mean Brier score; smaller is better.
        public var brier: Double?
        /// Brier score of a forecaster who knows nothing of the sweep, only how often the *other* sweeps reached
        /// theirs.
        public var baseRateBrier: Double?

        public init(
            percent: Int?, forecasts: Int, missing: Int, coverage: Double?, worse: Double?, brier: Double?,
            baseRateBrier: Double?
        ) {
            self.percent = percent
            self.forecasts = forecasts
            self.missing = missing
            self.coverage = coverage
            self.worse = worse
            self.brier = brier
            self.baseRateBrier = baseRateBrier
        }
    }

    /// Events that were given a probability between `low` and `high`: it should be about ``reached``.
    public struct Bin: Hashable, Sendable, Codable {
        public var low: Double
        public var high: Double
        public var events: Int
        /// Mean of the probabilities given.
        public var probability: Double
        /// Share of the events that happened.
        public var reached: Double

        public init(low: Double, high: Double, events: Int, probability: Double, reached: Double) {
            self.low = low
            self.high = high
            self.events = events
            self.probability = probability
            self.reached = reached
        }
    }

    /// Sweeps with a scored forecast.
    public var sweeps: Int
    /// Those of them with a target.
    public var sweepsWithTarget: Int
    public var all: Row
    /// By moment, moments without any forecast left out.
    public var rows: [Row]
    /// By probability; empty ones left out.
    public var bins: [Bin]

    public init(sweeps: Int, sweepsWithTarget: Int, all: Row, rows: [Row], bins: [Bin]) {
        self.sweeps = sweeps
        self.sweepsWithTarget = sweepsWithTarget
        self.all = all
        self.rows = rows
        self.bins = bins
    }
}
