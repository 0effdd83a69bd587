internal import HyperSchedProtocol

extension SweepForecaster {
    /// What the best of the sweep will be at its deadline. Pure: asking changes nothing. nil: nothing has been scored
    /// yet.
    ///
    /// - Parameter target: in the metric's own direction; nil: the sweep's own.
    func sweepOdds(target: Double? = nil, in view: SweepView) -> SweepOdds? {
        guard let best else { return nil }
        let headroom = headroom(above: best, in: view)
        let time = view.deadline.seconds(since: view.startedAt)
        let passed = time > 0 ? min(max(view.now.seconds(since: view.startedAt) / time, 0), 1) : 1
        let gain = SweepGain(headroom: headroom, passed: passed)
        let ends = [0.1, 0.9].map { metric.value(ofScore: best + gain.quantile($0)) }
        return SweepOdds(
            expected: metric.value(ofScore: best + gain.quantile(0.5)),
            interval: min(ends[0], ends[1])...max(ends[0], ends[1]),
            reachesTarget: (target ?? metric.target).map { gain.probability(ofAtLeast: metric.score(of: $0) - best) })
    }

    /// The furthest that the upper end of a running trial's own interval is above the best so far.
    private func headroom(above best: Double, in view: SweepView) -> Double {
        view.running.reduce(0.0) { most, running in
            guard let odds = odds(of: running.trial, in: view) else { return most }
            let high = max(metric.score(of: odds.interval.lowerBound), metric.score(of: odds.interval.upperBound))
            return high.isFinite ? max(most, high - best) : most
        }
    }
}
