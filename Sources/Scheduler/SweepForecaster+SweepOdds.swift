internal import HyperSchedProtocol

extension SweepForecaster {
    /// What the best of the sweep will be if every trial keeps its slots. Pure: asking changes nothing. nil: nothing
    /// has been scored yet.
    ///
    /// - Parameter target: in the metric's own direction; nil: the sweep's own.
    func sweepOdds(target: Double? = nil, in view: SweepView) -> SweepOdds? {
        guard let best else { return nil }
        var below: [(Double) -> Double] = []
        var top = best
        for running in view.running {
            guard let odds = odds(of: running.trial, in: view) else { continue }
            let scores = [odds.interval.lowerBound, odds.interval.upperBound].map(metric.score(of:))
            let (low, high) = (min(scores[0], scores[1]), max(scores[0], scores[1]))
            let mean = metric.score(of: odds.expected)
            guard high > best, high.isFinite else { continue }
            top = max(top, high)
            let own = sketches[running.trial]?.best ?? best
            below.append { score in
                1 - Self.probability(of: score, own, mean, low...high)
            }
        }
        func reaches(_ score: Double) -> Double {
            score <= best ? 1 : 1 - below.reduce(1) { $0 * $1(score) }
        }
        // Wide enough for what a normal distribution leaves beyond its ninth decile.
        let width = 3 * (top - best)
        let points = (0...Self.points).map { best + width * Double($0) / Double(Self.points) }
        let odds = points.map(reaches)
        let step = width / Double(Self.points)
        let expected = best + step * odds.dropFirst().reduce(0, +)
        func quantile(_ exceeded: Double) -> Double { points[max(0, (odds.firstIndex { $0 < exceeded } ?? 1) - 1)] }
        let ends = [quantile(0.9), quantile(0.1)].map(metric.value(ofScore:))
        return SweepOdds(
            expected: metric.value(ofScore: min(max(expected, quantile(0.9)), quantile(0.1))),
            interval: min(ends[0], ends[1])...max(ends[0], ends[1]),
            reachesTarget: (target ?? metric.target).map { reaches(metric.score(of: $0)) })
    }

    private static let points = 60
}
