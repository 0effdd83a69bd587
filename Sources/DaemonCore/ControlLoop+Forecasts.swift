import HyperSchedProtocol
import Scheduler

/// Forecasts take longer than other reads, so they are made in several turns of the actor: rounds go in between.
extension ControlLoop {
    /// At most this many trials are forecast in one turn.
    static let forecastsPerTurn = 50

    /// A sweep with more running trials is forecast for readers once a second at most: it takes a look at each of them.
    static let manyTrials = 1000

    /// nil: the sweep has ended.
    func forecast(of sweep: SweepID) -> SweepForecast? {
        let now = clock.now()
        guard state.trialCounts(of: sweep)[.running, default: 0] > Self.manyTrials else {
            return state.forecast(of: sweep, at: now)
        }
        if let known = largeForecasts[sweep], now.seconds(since: known.at) < 1 { return known.forecast }
        let forecast = state.forecast(of: sweep, at: now)
        largeForecasts[sweep] = (now, forecast)
        return forecast
    }

    /// The same trials with their forecasts: only those that were asked for are forecast.
    nonisolated func withForecasts(_ trials: [RankedTrial]) async -> [RankedTrial] {
        let alive = trials.filter { !$0.state.isTerminal && $0.objective != nil }.map(\.trial)
        var found: [TrialID: TrialForecast] = [:]
        for start in stride(from: 0, to: alive.count, by: Self.forecastsPerTurn) {
            let some = alive[start..<min(start + Self.forecastsPerTurn, alive.count)]
            found.merge(await forecasts(of: some)) { $1 }
        }
        return trials.map { trial in
            var trial = trial
            trial.forecast = found[trial.trial]
            return trial
        }
    }

    private func forecasts(of trials: ArraySlice<TrialID>) -> [TrialID: TrialForecast] {
        state.forecasts(of: Array(trials), at: clock.now())
    }
}
