internal import HyperSchedProtocol

/// The events by which the forecasts of a sweep without a target are scored.
///
/// The first forecast of a sweep fixes five values: those that it expects to be reached with probability 0.9, 0.7, 0.5,
/// 0.3 and 0.1. All later forecasts give their own probability for each. The mean Brier score over thresholds is the
/// discrete form of the continuous ranked probability score (Gneiting & Raftery 2007, section 4.2).
enum ForecastLadder {
    /// Quantiles of the standard normal distribution at 0.1, 0.3, 0.5, 0.7, 0.9, over that at 0.9.
    private static let places = [-1, -0.40919, 0, 0.40919, 1]

    /// From the easiest to the hardest. The forecast is read as two half normal distributions that meet at the expected
    /// value.
    static func thresholds(_ range: ForecastRange, _ metric: Metric) -> [Double] {
        let scores = [range.low, range.high].map(metric.score(of:)).sorted()
        let middle = metric.score(of: range.expected)
        return places.map { place in
            let width = place < 0 ? middle - scores[0] : scores[1] - middle
            return metric.value(ofScore: middle + place * width)
        }
    }
}
