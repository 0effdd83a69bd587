import Scheduler

/// A ratio of two means with its 95 % percentile-bootstrap interval; whole groups are resampled.
public struct BootstrapRatio: Hashable, Sendable {
    public let ratio: Double
    public let low: Double
    public let high: Double

    /// - Parameters:
    ///   - a, b: sums per group (a seed, over all cells) of the two policies.
    init(_ a: [Double], over b: [Double], draws: Int = 2000) {
        ratio = a.reduce(0, +) / b.reduce(0, +)
        let random = CounterRandom(seed: 95)
        var ratios: [Double] = []
        for draw in 0..<draws {
            let stream = random.stream(UInt64(draw))
            var (x, y) = (0.0, 0.0)
            for index in a.indices {
                let pick = stream.below(a.count, at: UInt64(index))
                x += a[pick]
                y += b[pick]
            }
            ratios.append(x / y)
        }
        ratios.sort()
        low = ratios[draws / 40]
        high = ratios[draws - 1 - draws / 40]
    }
}
