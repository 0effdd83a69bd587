internal import RealModule

/// A normal distribution of a trial's best score.
struct Forecast: Equatable, Sendable {
    var mean: Double
    var deviation: Double
}

/// What curves do from one doubling of the steps to the next, learned from all trials of the sweep. Everything is kept
/// as ordered numbers, so the order in which they came does not matter.
struct ForecastCurves: Equatable, Sendable {
    /// g' / (g + g'), where g is the gain of the best score over one doubling and g' that over the next.
    private var shares = OrderStatistics()
    /// The same per milestone at which g' ends: curves flatten, so late shares are smaller than early ones.
    private var sharesAt: [OrderStatistics] = []
    /// Gains from milestone i to i + 1.
    private var gains: [OrderStatistics] = []
    /// Programs that ended by themselves between milestone i and i + 1.
    private(set) var ended: [Int] = []
    private let extrapolates: Bool

    /// Chosen on made-up families of curves, the same for every sweep.
    static let lowerMargin = 0.4
    static let upperMargin = 1.5
    static let priorShare = 0.36
    static let priorWeight = 6.0

    init(extrapolates: Bool) { self.extrapolates = extrapolates }

    /// `scores`: the best scores at the trial's milestones so far; the last one is new.
    mutating func milestone(_ index: Int, _ scores: [CurveSketch.Mark]) {
        let last = scores.count - 1
        guard last >= 1, index >= 1, scores[last - 1].best > Rung.worstScore else { return }
        let gain = scores[last].best - scores[last - 1].best
        while gains.count < index { gains.append(OrderStatistics()) }
        gains[index - 1].insert(gain)
        guard last >= 2, scores[last - 2].best > Rung.worstScore else { return }
        let before = scores[last - 1].best - scores[last - 2].best
        guard gain + before > 0 else { return }
        shares.insert(gain / (gain + before))
        while sharesAt.count <= index { sharesAt.append(OrderStatistics()) }
        sharesAt[index].insert(gain / (gain + before))
    }

    mutating func programEnded(after index: Int) {
        while ended.count <= index { ended.append(0) }
        ended[index] += 1
    }

    /// How much of its last doubling's gain a curve gains in the next one.
    var ratio: Double {
        let count = Double(shares.sorted.count)
        let median = shares.quantile(1, over: 2) ?? Self.priorShare
        let share = (Self.priorWeight * Self.priorShare + count * median) / (Self.priorWeight + count)
        return min(0.95, share / max(1e-6, 1 - share))
    }

    /// Quartile of the share as a ratio, for how far off the forecast may be.
    private var highRatio: Double {
        let count = Double(shares.sorted.count)
        let high = shares.quantile(4, over: 5) ?? 0.5
        let share = (Self.priorWeight * 0.5 + count * high) / (Self.priorWeight + count)
        return min(1.2, share / max(1e-6, 1 - share))
    }

    /// A decile of the share over the doubling that ends at milestone `index`, as a ratio of gains: seen there, else at
    /// the last milestone before it that trials have reached, leaning on what was seen anywhere.
    private func ratio(decile: Int, at index: Int, prior: Double, most: Double) -> Double {
        func blend(_ seen: OrderStatistics, _ prior: Double) -> Double {
            let count = Double(seen.sorted.count)
            let value = seen.quantile(decile, over: 10) ?? prior
            return (Self.priorWeight * prior + count * value) / (Self.priorWeight + count)
        }
        var share = blend(shares, prior)
        if let last = sharesAt.indices.prefix(index + 1).last(where: { sharesAt[$0].sorted.count >= 3 }) {
            share = blend(sharesAt[last], share)
        }
        return min(most, max(0, share / max(1e-6, 1 - share)))
    }

    /// The gain over `doublings` more doublings, each with its own milestone's ratio to the one before.
    private func gain(
        _ first: Double, decile: Int, after index: Int, doublings: Double, prior: Double, most: Double
    ) -> Double {
        var (gain, total, left, place) = (first, 0.0, doublings, index)
        while left > 0 && place < index + 40 {
            place += 1
            gain *= ratio(decile: decile, at: place, prior: prior, most: place == index + 1 ? most : min(most, 1))
            total += gain * min(1, left)
            left -= 1
        }
        return total
    }

    /// The middle 80 % of the gain still to come: the ratio's deciles, held for the whole time, between a program that
    /// ends early or flattens and one that rises as steeply as the steepest tenth.
    ///
    /// - Parameters:
    ///   - low, high: doublings of the steps until the likely end and until the last possible one.
    func gainInterval(gain: Double?, at index: Int, low: Double, high: Double, spread: Double) -> ClosedRange<Double> {
        let typical = typicalGain(from: index)
        let known = max(0, gain ?? 0)
        let lower = self.gain(known, decile: 1, after: index, doublings: low, prior: 0.05, most: 0.9)
        let seen = gain == nil ? 2 * (typical?.high ?? spread) : max(known, 0.5 * (typical?.high ?? 0))
        let upper = max(
            self.gain(seen, decile: 9, after: index, doublings: high, prior: 0.6, most: 1.6),
            0.05 * spread * high.squareRoot())
        // Deciles of one trial's doublings leave out that all trials may turn at once; both ends are moved outwards.
        return Self.lowerMargin * lower...max(lower, Self.upperMargin * upper)
    }

    func typicalGain(from index: Int) -> (median: Double, high: Double)? {
        let index = min(index, gains.count - 1)
        guard index >= 0, let median = gains[index].quantile(1, over: 2), let high = gains[index].quantile(5, over: 6)
        else { return nil }
        return (median, high)
    }

    /// Forecast of the best score after `doublings` more doublings of the steps.
    ///
    /// - Parameters:
    ///   - gain: over the last doubling; nil: not known.
    ///   - spread: of the trials' scores at this step.
    func forecast(best: Double, gain: Double?, at index: Int, doublings: Double, spread: Double) -> Forecast {
        guard extrapolates, doublings > 0 else {
            return Forecast(mean: best, deviation: 0.05 * spread * max(0, doublings).squareRoot())
        }
        let typical = typicalGain(from: index)
        let first = gain.map { $0 * ratio } ?? typical?.median ?? 0.3 * spread
        let high = max(gain.map { $0 * highRatio } ?? 0, typical?.high ?? 0.5 * spread)
        let mean = first * Self.geometric(ratio, doublings)
        let upper = max(high, first) * Self.geometric(highRatio, doublings)
        return Forecast(
            mean: best + mean, deviation: max(0.03 * spread * doublings.squareRoot(), 0.5 * (upper - mean)))
    }

    /// What a curve that gained `gain` over its last doubling of the steps gains over the next ones.
    func gainToCome(after gain: Double, doublings: Double) -> Double {
        extrapolates ? gain * ratio * Self.geometric(ratio, doublings) : 0
    }

    /// 1 + q + q² + … over `count` terms, which may be a fraction.
    static func geometric(_ q: Double, _ count: Double) -> Double {
        abs(1 - q) < 1e-6 ? count : (1 - Double.exp(count * Double.log(max(q, 1e-6)))) / (1 - q)
    }
}
