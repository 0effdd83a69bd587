public import HyperSchedProtocol

/// What is said about the end of sweeps and trials, and written down so that it can be held against what came of it.
extension ClusterState {
    /// Where the sweep's best will probably be at its deadline; nil: there is no such sweep, or it has ended.
    public func forecast(of sweep: SweepID, at now: Timestamp) -> SweepForecast? {
        guard let runtime = runtimes[sweep], !runtime.record.state.isTerminal else { return nil }
        guard let estimate = estimate(of: sweep, target: nil, at: now) else {
            return SweepForecast(missing: whyNoForecast(runtime))
        }
        return SweepForecast(range: estimate.range, reachesTarget: estimate.reachesTarget)
    }

    /// Where each of these trials of one sweep will probably be; those that have ended or not reported are left out.
    /// Work per trial is constant.
    public func forecasts(of ids: [TrialID], at now: Timestamp) -> [TrialID: TrialForecast] {
        var found: [TrialID: TrialForecast] = [:]
        for id in ids {
            guard let trial = trials[id], !trial.state.isTerminal,
                runtimes[trial.sweep]?.record.state.isTerminal == false, let odds = odds(of: id, at: now),
                let range = ForecastRange(finite: odds.expected, odds.interval)
            else { continue }
            found[id] = TrialForecast(
                range: range, slots: odds.slots, reachesTarget: odds.reachesTarget.flatMap(Self.probability),
                fewerSlots: odds.fewerSlots.flatMap(Self.finite), moreSlots: odds.moreSlots.flatMap(Self.finite))
        }
        return found
    }

    /// When the sweep's next forecast is to be written down; nil: never again, as things stand.
    func nextForecast(of sweep: SweepID) -> Timestamp? {
        let record = runtimes[sweep]!.record
        guard !record.state.isTerminal else { return nil }
        let moments = ForecastProgress.moments(from: record.createdAt, to: record.spec.deadline)
        let passed = record.forecasts?.passed ?? 0
        return passed < moments.count ? moments[passed] : nil
    }

    /// Writes down the forecasts that are due. Calling it again at the same instant changes nothing more.
    mutating func recordForecasts(at now: Timestamp) {
        for sweep in activeSweeps {
            guard let (occasion, passed) = dueForecast(of: sweep, at: now) else { continue }
            let record = runtimes[sweep]!.record
            var progress = record.forecasts ?? ForecastProgress(deadline: record.spec.deadline)
            if progress.deadline != record.spec.deadline { progress = ForecastProgress(deadline: record.spec.deadline) }
            progress.passed = passed
            let forecast = forecast(of: sweep, at: now) ?? SweepForecast(missing: "the sweep has ended")
            if progress.ladder.isEmpty, record.spec.metric.target == nil, let range = forecast.range {
                progress.ladder = ForecastLadder.thresholds(range, record.spec.metric)
            }
            runtimes[sweep]!.record.forecasts = progress
            pending.sweeps.insert(sweep)
            pending.forecasts.append(
                ForecastRecord(
                    sweep: sweep, at: now, deadline: record.spec.deadline, occasion: occasion,
                    percent: ForecastProgress.percent(at: now, from: record.createdAt, to: record.spec.deadline),
                    forecast: forecast, target: record.spec.metric.target,
                    ladder: ladder(progress.ladder, forecast, sweep, at: now), best: best(of: sweep)))
        }
    }

    /// Writes down how the sweep ended.
    mutating func noteOutcome(of sweep: SweepID) {
        let record = runtimes[sweep]!.record
        pending.outcomes.append(
            SweepOutcome(
                sweep: sweep, deadline: record.spec.deadline, endedAt: record.endedAt!, state: record.state,
                best: best(of: sweep)))
    }

    /// Several moments that passed while nobody looked count as one.
    private func dueForecast(
        of sweep: SweepID, at now: Timestamp
    ) -> (occasion: ForecastRecord.Occasion, passed: Int)? {
        let record = runtimes[sweep]!.record
        guard !record.state.isTerminal else { return nil }
        let moved = record.forecasts.map { $0.deadline != record.spec.deadline } ?? false
        if !moved, let next = nextForecast(of: sweep), next > now { return nil }
        let passed = ForecastProgress.moments(from: record.createdAt, to: record.spec.deadline).count { $0 <= now }
        if moved { return (.extended, passed) }
        return passed > record.forecasts?.passed ?? 0 ? (.share, passed) : nil
    }

    private func ladder(
        _ values: [Double], _ forecast: SweepForecast, _ sweep: SweepID, at now: Timestamp
    ) -> [ForecastRecord.Threshold] {
        guard forecast.range != nil else { return [] }
        let ladder = values.compactMap { value in
            estimate(of: sweep, target: value, at: now)?.reachesTarget
                .map { ForecastRecord.Threshold(value: value, probability: $0) }
        }
        return ladder.count == values.count ? ladder : []
    }

    private func best(of sweep: SweepID) -> Double? {
        let runtime = runtimes[sweep]!
        return runtime.bestScore.map(runtime.record.spec.metric.value(ofScore:))
    }

    private func whyNoForecast(_ runtime: SweepRuntime) -> String {
        let name = runtime.record.spec.metric.name
        if runtime.scoredTrials == 0 {
            return runtime.running.isEmpty ? "no trial runs yet" : "no trial has reported \(name) yet"
        }
        return "none of the running trials has reported \(name) yet"
    }

    // MARK: Numbers that may be stored and sent

    /// nil: there is nothing to go by.
    private func estimate(of sweep: SweepID, target: Double?, at now: Timestamp) -> Estimate? {
        let runtime = runtimes[sweep]!
        let view = view(of: sweep, at: now).keepingLeaders(Self.mostCandidates)
        guard let odds = runtime.forecaster.sweepOdds(target: target, in: view),
            let range = ForecastRange(finite: odds.expected, odds.interval)
        else { return nil }
        // What is certain now may only be so because none of the trials that run has said anything yet.
        let isBlind = range.low == range.high && !runtime.running.isEmpty
        if isBlind, !runtime.running.contains(where: { trials[$0]!.lastScore != nil }) { return nil }
        return Estimate(range: range, reachesTarget: odds.reachesTarget.flatMap(Self.probability))
    }

    /// More running trials than these would cost time and change next to nothing.
    private static let mostCandidates = 64

    private struct Estimate {
        var range: ForecastRange
        var reachesTarget: Double?
    }

    private static func finite(_ number: Double) -> Double? { number.isFinite ? number : nil }

    private static func probability(_ number: Double) -> Double? { number.isNaN ? nil : min(max(number, 0), 1) }
}

extension SweepView {
    /// The same with at most `count` running trials, those with the best latest scores.
    fileprivate func keepingLeaders(_ count: Int) -> SweepView {
        guard running.count > count else { return self }
        let leaders = running.leaders(count).map { running[$0]! }
        return SweepView(
            now: now, startedAt: startedAt, deadline: deadline, steps: steps, minSlots: minSlots, maxSlots: maxSlots,
            capacity: capacity, largestFree: largestFree, totalFree: totalFree, freeBeside: freeBeside,
            running: RunningTrials(leaders.sorted { $0.trial < $1.trial }), waiting: waiting, paused: paused,
            canCreate: canCreate,
            seed: seed, stopBegins: stopBegins)
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
