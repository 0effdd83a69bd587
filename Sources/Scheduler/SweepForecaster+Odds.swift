internal import HyperSchedProtocol
internal import RealModule

extension SweepForecaster {
    /// Pure: asking changes nothing. nil: the trial has not reported yet.
    ///
    /// - Parameters:
    ///   - slots: from now to the deadline; nil: what it holds, or `slots.min`.
    ///   - target: in the metric's own direction; nil: the sweep's own.
    func odds(
        of trial: TrialID, slots: Int? = nil, target: Double? = nil, in view: SweepView
    ) -> DeadlineOdds? {
        let held = view.runningTrial(trial)?.slots ?? 0
        let slots = slots ?? max(held, minSlots)
        guard let candidate = candidate(trial, units: held / minSlots),
            let now = forecast(candidate, slots, view)
        else { return nil }
        let scores = interval(candidate, slots, view)
        // The plan's forecast extrapolates by one ratio; the interval knows how curves flatten.
        let mean = min(max(now.mean, scores.lowerBound), scores.upperBound)
        let (low, high) = (metric.value(ofScore: scores.lowerBound), metric.value(ofScore: scores.upperBound))
        let change = { (other: Int) -> Double? in
            guard other >= minSlots, other <= view.maxSlots else { return nil }
            return forecast(candidate, other, view).map {
                metric.value(ofScore: $0.mean) - metric.value(ofScore: now.mean)
            }
        }
        return DeadlineOdds(
            trial: trial, slots: slots, expected: metric.value(ofScore: mean),
            interval: min(low, high)...max(low, high),
            reachesTarget: (target ?? metric.target).map {
                Self.probability(of: metric.score(of: $0), candidate.best!, mean, scores)
            },
            fewerSlots: change(slots - 2), moreSlots: change(slots + 2))
    }

    private func forecast(_ candidate: Candidate, _ slots: Int, _ view: SweepView) -> Forecast? {
        forecast(candidate, units: max(1, slots / minSlots), timeLeft: view.trainingTimeLeft)
    }

    private func interval(
        _ candidate: Candidate, _ slots: Int, _ view: SweepView
    ) -> ClosedRange<Double> {
        let best = candidate.best!
        let steps = reach(candidate, units: max(1, slots / minSlots), timeLeft: view.trainingTimeLeft)
        let now = Double(max(1, candidate.step))
        let furthest = min(steps, Double(self.steps.max))
        guard furthest > now else { return best...best }
        let doublings = { Double.log(max(1, $0 / now)) / Double.log(2) }
        let gain = curves.gainInterval(
            gain: candidate.gain, at: candidate.index, low: doublings(min(furthest, Double(candidate.end))),
            high: doublings(furthest), spread: candidate.spread)
        return best + gain.lowerBound...best + gain.upperBound
    }

    /// 90th percentile of the standard normal distribution.
    private static let z90 = 1.2816

    /// Two half normal distributions, one on each side of the mean, that give the interval its 80 %.
    static func probability(
        of target: Double, _ best: Double, _ mean: Double, _ interval: ClosedRange<Double>
    ) -> Double {
        if best >= target { return 1 }
        let width = target < mean ? mean - interval.lowerBound : interval.upperBound - mean
        guard width > 0 else { return mean >= target ? 1 : 0 }
        // 1 - Φ(z) = erfc(z / √2) / 2
        return 0.5 * Double.erfc((target - mean) / (width / z90) / 2.0.squareRoot())
    }
}
