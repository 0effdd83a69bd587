/// What forecasts remember of one trial's curve: constant size per trial and doubling of the steps.
public struct CurveSketch: Hashable, Sendable, Codable {
    /// Best score by a milestone, as first reported at or after it.
    public struct Mark: Hashable, Sendable, Codable {
        /// The milestone is r·2^index.
        public var index: Int
        public var best: Double

        public init(index: Int, best: Double) {
            self.index = index
            self.best = best
        }
    }

    /// Completed steps at the latest report.
    public var step = 0
    /// Best score so far; nil: none yet.
    public var best: Double?
    /// Seconds of training since the trial last got its slots.
    public var sinceStart = 0.0
    /// Ascending.
    public var marks: [Mark] = []

    public init() {}

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        step = try values.decode(Int.self, forKey: .step)
        best = try values.decodeIfPresent(Double.self, forKey: .best)
        sinceStart = try values.decode(Double.self, forKey: .sinceStart)
        // Sketches of the first version have none.
        marks = try values.decodeIfPresent([Mark].self, forKey: .marks) ?? []
    }
}
