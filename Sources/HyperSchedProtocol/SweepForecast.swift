/// Where a value will probably be at the deadline, in the metric's own direction: `low <= expected <= high`, all
/// finite.
public struct ForecastRange: Hashable, Sendable, Codable {
    public var expected: Double
    /// The middle 80 % of what it may be: it is below `low` one time in ten, and above `high` one time in ten.
    public var low: Double
    public var high: Double

    public init(expected: Double, low: Double, high: Double) {
        self.expected = expected
        self.low = low
        self.high = high
    }
}

/// The best objective that a running sweep will probably have at its deadline: `SweepSummary.forecast`.
public struct SweepForecast: Hashable, Sendable, Codable {
    /// nil: no forecast can be made yet, and ``missing`` says why.
    public var range: ForecastRange?
    /// P(the target is reached by the deadline), 0…1; nil: the sweep has no target, or there is no forecast.
    public var reachesTarget: Double?
    /// Why there is no forecast, for people; nil: there is one.
    public var missing: String?

    public init(range: ForecastRange, reachesTarget: Double?) {
        self.range = range
        self.reachesTarget = reachesTarget
    }

    public init(missing: String) { self.missing = missing }
}

/// The best objective that one trial will probably have at the deadline: `RankedTrial.forecast`.
public struct TrialForecast: Hashable, Sendable, Codable {
    public var range: ForecastRange
    /// The forecast is for so many slots from now on: those it holds, or for a paused or waiting trial the fewest it
    /// could be given.
    public var slots: Int
    /// P(this trial reaches the target by the deadline), 0…1; nil: the sweep has no target.
    public var reachesTarget: Double?
    /// What the expected objective would change by with two slots fewer, in the metric's own direction; nil: it can
    /// not run on that few.
    public var fewerSlots: Double?
    /// The same with two slots more; nil: no agent has that many.
    public var moreSlots: Double?

    public init(
        range: ForecastRange, slots: Int, reachesTarget: Double?, fewerSlots: Double? = nil, moreSlots: Double? = nil
    ) {
        self.range = range
        self.slots = slots
        self.reachesTarget = reachesTarget
        self.fewerSlots = fewerSlots
        self.moreSlots = moreSlots
    }
}
