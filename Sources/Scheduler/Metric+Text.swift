internal import HyperSchedProtocol

extension Metric {
    /// A score as people know it: in the metric's own direction.
    func text(ofScore score: Double) -> String {
        score > Rung.worstScore ? value(ofScore: score).shortText : "NaN"
    }

    func number(ofScore score: Double) -> Double { score > Rung.worstScore ? value(ofScore: score) : .nan }

    /// What a bad value is, relative to a cut-off.
    var worse: String { goal == .maximize ? "below" : "above" }

    /// The percentile 100 (1 - 1/η) of scores, seen in the metric's own direction.
    func percentileText(reductionFactor: Int) -> String {
        let share = Double(goal == .maximize ? reductionFactor - 1 : 1) / Double(reductionFactor)
        return (100 * share).shortText + "th percentile"
    }
}
