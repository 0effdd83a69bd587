public import HyperSchedProtocol

/// What is said about the end of sweeps and trials, and written down so that it can be held against what came of it.
extension ClusterState {
    /// Where the sweep's best will probably be at its deadline; nil: there is no such sweep, or it has ended.
    public func forecast(of sweep: SweepID, at now: Timestamp) -> SweepForecast? {
        guard let runtime = runtimes[sweep], !runtime.record.state.isTerminal else { return nil }
        return forecast(runtime, outlook(of: sweep, at: now))
    }

    /// Where each of these trials will probably be; those that have ended or not reported are left out. The work per
    /// trial does not grow with the number of trials, apart from one look at its sweep.
    public func forecasts(of ids: [TrialID], at now: Timestamp) -> [TrialID: TrialForecast] {
        var found: [TrialID: TrialForecast] = [:]
        var outlooks: [SweepID: SweepOutlook] = [:]
        for id in ids {
            guard let trial = trials[id], !trial.state.isTerminal, let runtime = runtimes[trial.sweep],
                !runtime.record.state.isTerminal
            else { continue }
            let outlook = outlooks[trial.sweep] ?? self.outlook(of: trial.sweep, at: now)
            outlooks[trial.sweep] = outlook
            found[id] = outlook.forecast(of: id)
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
            let outlook = outlook(of: sweep, at: now)
            let forecast = forecast(runtimes[sweep]!, outlook)
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
                    ladder: forecast.range == nil ? [] : outlook.ladder(progress.ladder), best: best(of: sweep)))
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

    private func outlook(of sweep: SweepID, at now: Timestamp) -> SweepOutlook {
        let view = view(of: sweep, at: now)
        return SweepOutlook(
            forecaster: runtimes[sweep]!.forecaster, view: view,
            leaders: view.running.keepingLeaders(SweepOutlook.mostLeaders))
    }

    private func forecast(_ runtime: SweepRuntime, _ outlook: SweepOutlook) -> SweepForecast {
        guard let (range, probability) = outlook.forecast(target: nil) else {
            return SweepForecast(missing: whyNoForecast(runtime))
        }
        return SweepForecast(range: range, reachesTarget: probability)
    }
}
