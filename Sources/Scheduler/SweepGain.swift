internal import RealModule

/// How much a sweep's best still gains until the deadline: nothing with probability 0.4 f², where f is the part of the
/// time that has passed, else a log-normal share of what its most hopeful running trial might gain.
///
/// Errors of a sweep's trials are not independent: all curves may flatten at once, and who looked most hopeful is
/// paused when others are better. So their own intervals only give the scale. The numbers were fitted on the train
/// tables of docs/BENCHMARKS.md.
struct SweepGain {
    let headroom: Double
    let passed: Double

    /// Median of the share, and the standard deviation of its logarithm.
    static let (median, deviation) = (0.1, 1.6)

    private var nothing: Double { 0.4 * passed * passed }

    func quantile(_ probability: Double) -> Double {
        let place = (probability - nothing) / (1 - nothing)
        guard place > 0, headroom > 0 else { return 0 }
        return headroom * Self.median * Double.exp(Self.deviation * NormalDistribution.quantile(place))
    }

    func probability(ofAtLeast gain: Double) -> Double {
        guard gain > 0 else { return 1 }
        guard headroom > 0 else { return 0 }
        let place = Double.log(gain / (headroom * Self.median)) / Self.deviation
        return (1 - nothing) * NormalDistribution.cumulative(-place)
    }
}
