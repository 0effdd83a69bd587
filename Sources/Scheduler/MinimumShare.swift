internal import HyperSchedProtocol

/// The minimum satisfactory share of a sweep (Gu et al., "ElasticFlow", ASPLOS 2023): the fewest slots with which its
/// best trial still gets to the last step before trials are told to stop,
///
///     M = min { a : restart + (R - steps) base / s(a) ≤ time left }
///
/// where `restart` is S unless the trial holds exactly `a` slots now. It grows as the deadline comes nearer. When no
/// number of slots suffices there is nothing to be saved any more, and the sweep has no claim beyond `slots.min`.
enum MinimumShare {
    /// Sizes beyond these are looked at by doubling only.
    private static let finest = 64

    /// - Parameters:
    ///   - incumbent: the best trial; nil: none has a score.
    ///   - held: its slots, 0: it does not run.
    ///   - most: slots of the largest agent, or `slots.max`.
    static func slots(
        incumbent: TrialID?, held: Int, steps: Int, most: Int, timeLeft: Double, _ forecaster: SweepForecaster
    ) -> Int {
        let unit = forecaster.minSlots
        guard let incumbent, timeLeft > 0, forecaster.speed.base(of: incumbent) != nil else { return unit }
        let left = max(0, forecaster.probableEnd(from: steps) - steps)
        guard left > 0 else { return unit }
        for units in sizes(upTo: max(1, most / unit)) {
            guard let step = forecaster.speed.stepSeconds(of: incumbent, units: units) else { return unit }
            let restart = units * unit == held ? 0 : forecaster.speed.setup
            if restart + Double(left) * step <= timeLeft { return units * unit }
        }
        return unit
    }

    private static func sizes(upTo limit: Int) -> [Int] {
        var sizes = Array(1...min(limit, finest))
        while let last = sizes.last, last < limit { sizes.append(min(2 * last, limit)) }
        return sizes
    }
}
