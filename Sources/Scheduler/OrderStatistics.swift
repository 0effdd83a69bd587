/// Numbers kept in ascending order, so that any percentile is read in O(log n).
struct OrderStatistics: Equatable, Sendable {
    private(set) var sorted: SortedList<Double> = []

    /// Does nothing for a number that is not finite.
    mutating func insert(_ value: Double) {
        if value.isFinite { sorted.insert(value) }
    }

    /// Like ``insert(_:)`` for a set: an equal number is not kept twice.
    mutating func insertDistinct(_ value: Double) {
        if value.isFinite && !sorted.contains(value) { sorted.insert(value) }
    }

    /// The quantile `numerator`/`denominator`, linearly interpolated; nil when there is no number.
    func quantile(_ numerator: Int, over denominator: Int) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let place = Self.place(count: sorted.count, numerator, over: denominator)
        return Self.interpolate(sorted[place.index], sorted[min(place.index + 1, sorted.count - 1)], place.fraction)
    }

    /// Where the quantile lies among `count` ascending numbers: after `index` by `fraction` of the gap. Whole-number
    /// arithmetic, so that no rounding moves it to a neighbour.
    static func place(count: Int, _ numerator: Int, over denominator: Int) -> (index: Int, fraction: Double) {
        let (index, rest) = ((count - 1) * numerator).quotientAndRemainder(dividingBy: denominator)
        return (index, Double(rest) / Double(denominator))
    }

    /// NumPy's `linear` method, from whichever end is nearer, as NumPy does.
    static func interpolate(_ low: Double, _ high: Double, _ fraction: Double) -> Double {
        if low == high { return low }
        return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction)
    }
}
