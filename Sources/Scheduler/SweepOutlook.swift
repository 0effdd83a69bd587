internal import HyperSchedProtocol

/// What a sweep's forecaster says at one moment, in numbers that may be stored and sent: finite, in order, between 0
/// and 1.
struct SweepOutlook {
    let forecaster: SweepForecaster
    let view: SweepView
    /// The running trials that count: more than some dozens would cost time and change next to nothing.
    let leaders: RunningTrials

    static let mostLeaders = 64

    /// The sweep's best at the deadline; nil: there is nothing to go by.
    ///
    /// - Parameter target: in the metric's own direction; nil: the sweep's own.
    func forecast(target: Double?) -> (range: ForecastRange, reachesTarget: Double?)? {
        guard let odds = forecaster.sweepOdds(target: target, in: view.with(leaders)),
            let range = ForecastRange(finite: odds.expected, odds.interval)
        else { return nil }
        // What looks certain may only do so because none of the trials that run has said anything yet.
        let isBlind = range.low == range.high && !view.running.isEmpty
        guard !isBlind || leaders.contains(where: { $0.lastScore != nil }) else { return nil }
        return (range, odds.reachesTarget.flatMap(Self.probability))
    }

    /// Probabilities of the values; empty: one of them has none.
    func ladder(_ values: [Double]) -> [ForecastRecord.Threshold] {
        let ladder = values.compactMap { value in
            forecast(target: value)?.reachesTarget.map { ForecastRecord.Threshold(value: value, probability: $0) }
        }
        return ladder.count == values.count ? ladder : []
    }

    /// One trial's best at the deadline; nil: it has not reported.
    func forecast(of trial: TrialID) -> TrialForecast? {
        guard let odds = forecaster.odds(of: trial, in: view),
            let range = ForecastRange(finite: odds.expected, odds.interval)
        else { return nil }
        return TrialForecast(
            range: range, slots: odds.slots, reachesTarget: odds.reachesTarget.flatMap(Self.probability),
            fewerSlots: odds.fewerSlots.flatMap(Self.finite), moreSlots: odds.moreSlots.flatMap(Self.finite))
    }

    private static func finite(_ number: Double) -> Double? { number.isFinite ? number : nil }

    private static func probability(_ number: Double) -> Double? { number.isNaN ? nil : min(max(number, 0), 1) }
}

extension SweepView {
    /// The same with some of the running trials only.
    fileprivate func with(_ some: RunningTrials) -> SweepView {
        guard some.count < running.count else { return self }
        return SweepView(
            now: now, startedAt: startedAt, deadline: deadline, steps: steps, minSlots: minSlots, maxSlots: maxSlots,
            capacity: capacity, largestFree: largestFree, totalFree: totalFree, freeBeside: freeBeside, running: some,
            waiting: waiting, paused: paused, canCreate: canCreate, seed: seed, stopBegins: stopBegins,
            nextIndex: nextIndex, trialsLeft: trialsLeft, agents: agents, hasFinalCheckpoint: hasFinalCheckpoint)
    }
}

extension ForecastRange {
    /// nil: a number is not finite. What rounding has moved out of the interval is moved back.
    init?(finite expected: Double, _ interval: ClosedRange<Double>) {
        guard expected.isFinite, interval.lowerBound.isFinite, interval.upperBound.isFinite else { return nil }
        self.init(
            expected: min(max(expected, interval.lowerBound), interval.upperBound), low: interval.lowerBound,
            high: interval.upperBound)
    }
}
