public import HyperSchedProtocol
public import Scheduler

extension SimulationOutcome {
    /// The sweep's forecasts, held against what came of them as a daemon does it.
    ///
    /// - Parameter spec: the sweep's, with the deadline that it ended with.
    public func foretold(_ spec: SweepSpec) -> ForecastScoring.Case {
        ForecastScoring.Case(
            metric: spec.metric,
            forecasts: ForecastScoring.scored(forecasts, ends, metric: spec.metric, deadline: spec.deadline))
    }
}
