internal import RealModule

/// The beta distribution on [0, 1] with shapes a, b > 0.
struct BetaDistribution {
    let a: Double
    let b: Double

    /// The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz, Stegun: "Handbook of
    /// mathematical functions", 26.5.8), evaluated as Lentz does.
    func cumulative(_ x: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        let logFront =
            Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b) + a * Double.log(x)
            + b * Double.log(onePlus: -x)
        let front = Double.exp(logFront)
        // The fraction converges quickly on its own side of the mean only.
        if x < (a + 1) / (a + b + 2) { return (front * Self.fraction(a, b, x) / a).clamped(0, 1) }
        return (1 - front * Self.fraction(b, a, 1 - x) / b).clamped(0, 1)
    }

    func quantile(_ probability: Double) -> Double { MonotoneRoot.find(probability, within: 0...1, cumulative) }

    private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        func kept(_ value: Double) -> Double { value.magnitude < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / kept(1 - (a + b) * x / (a + 1))
        var result = d
        // O(√max(a, b)) terms are enough.
        for m in 1..<10_000 {
            let m = Double(m)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / kept(1 + even * d)
            c = kept(1 + even / c)
            result *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / kept(1 + odd * d)
            c = kept(1 + odd / c)
            let change = d * c
            result *= change
            if (change - 1).magnitude < 1e-15 { break }
        }
        return result
    }
}
