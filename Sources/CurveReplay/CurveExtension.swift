import Foundation
public import HyperSchedProtocol

/// Goes on with a curve that was cut off.
public enum CurveExtension: String, Hashable, Sendable, CaseIterable {
    /// Its last value stays.
    case hold
    /// A power law, a - b·k^(-c), fitted to its second half; its last value where there are fewer than six points or it
    /// does not rise. Never by more than twice what the second half of the curve gained: a fit to few points may say
    /// anything.
    case power

    /// - Returns: the values of the steps after the last one, up to `end`, and whether they come from a fit.
    public func values(after curve: [Double], to end: Int, goal: Metric.Goal) -> (values: [Double], isFitted: Bool) {
        guard let last = curve.last, curve.count < end else { return ([], false) }
        let metric = Metric(name: "", goal: goal)
        let scores = curve.map(metric.score(of:))
        guard self == .power, let law = PowerLaw(scores) else {
            return (Array(repeating: last, count: end - curve.count), false)
        }
        let half = scores[scores.count / 2]
        let ceiling = scores.last! + 2 * max(0, scores.last! - half)
        // The last value may lie off the fitted law: what counts is what the law still gains.
        let shift = scores.last! - law.value(at: curve.count)
        let values = (curve.count + 1...end).map { step in
            metric.value(ofScore: min(ceiling, max(scores.last!, law.value(at: step) + shift)))
        }
        return (values, true)
    }
}

/// a - b·k^(-c), b > 0: rises with the step k towards a.
struct PowerLaw {
    let a: Double
    let b: Double
    let c: Double

    /// Least squares over the second half of the curve, c from a grid; nil: too few points, or no law that rises.
    init?(_ scores: [Double]) {
        guard scores.count >= 6, scores.allSatisfy(\.isFinite) else { return nil }
        let steps = (scores.count / 2..<scores.count).map { (Double($0 + 1), scores[$0]) }
        var best: (error: Double, law: (Double, Double, Double))?
        for c in [0.25, 0.5, 0.75, 1, 1.5, 2, 3] {
            let x = steps.map { pow($0.0, -c) }
            let n = Double(x.count)
            let (meanX, meanY) = (x.reduce(0, +) / n, steps.reduce(0) { $0 + $1.1 } / n)
            let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
            let slope = zip(x, steps).reduce(0) { $0 + ($1.0 - meanX) * ($1.1.1 - meanY) } / spread
            let error = zip(x, steps).reduce(0) { sum, pair in
                let off = meanY + slope * (pair.0 - meanX) - pair.1.1
                return sum + off * off
            }
            if slope < 0, best.map({ error < $0.error }) ?? true { best = (error, (meanY - slope * meanX, -slope, c)) }
        }
        guard let best else { return nil }
        (a, b, c) = best.law
    }

    func value(at step: Int) -> Double { a - b * pow(Double(step), -c) }
}
