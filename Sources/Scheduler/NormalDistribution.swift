internal import RealModule

/// The standard normal distribution.
enum NormalDistribution {
    private static let root2 = 2.0.squareRoot()
    private static let densityAtZero = 1 / (2 * Double.pi).squareRoot()

    static func density(_ x: Double) -> Double { densityAtZero * Double.exp(-x * x / 2) }

    static func cumulative(_ x: Double) -> Double { Double.erfc(-x / root2) / 2 }

    /// Probability between `low` and `high`; exact in the tails, too.
    static func mass(from low: Double, to high: Double) -> Double {
        low > 0 ? cumulative(-low) - cumulative(-high) : cumulative(high) - cumulative(low)
    }

    /// The inverse of ``cumulative(_:)``; finite for 0 and 1, too.
    static func quantile(_ probability: Double) -> Double {
        if probability > 0.5 { return -lowerQuantile(1 - probability) }
        return lowerQuantile(probability)
    }

    private static func lowerQuantile(_ probability: Double) -> Double {
        MonotoneRoot.find(max(probability, .leastNormalMagnitude), within: -38...0, cumulative)
    }

    /// The x of the truncated distribution on [low, high] at `share` of its probability.
    static func truncatedQuantile(_ share: Double, from low: Double, to high: Double) -> Double {
        // In the upper tail differences of the cumulative distribution lose all digits.
        if low > 0 { return -truncatedQuantile(1 - share, from: -high, to: -low) }
        let below = cumulative(low)
        return quantile(below + share * (cumulative(high) - below)).clamped(low, high)
    }
}
