public import HyperSchedProtocol
public import Pictures
public import Simulator

extension SweepPicture {
    /// A simulated sweep.
    public init(_ outcome: SimulationOutcome, _ setup: SimulationSetup) {
        self.init(
            metric: setup.spec.metric, duration: setup.duration, slots: setup.slots,
            curves: Self.curves(outcome, setup),
            spans: outcome.attempts.map {
                Span(
                    trial: $0.attempt.trial, slots: $0.slots.count,
                    begin: $0.startedAt.seconds(since: setup.start), end: $0.endedAt!.seconds(since: setup.start))
            },
            improvements: outcome.improvements.map {
                Improvement(seconds: $0.seconds, objective: $0.objective, trial: $0.trial)
            }, started: outcome.trialsStarted)
    }

    private static func curves(_ outcome: SimulationOutcome, _ setup: SimulationSetup) -> [Curve] {
        var starts: [TrialID: [Double]] = [:]
        for attempt in outcome.attempts {
            starts[attempt.attempt.trial, default: []].append(attempt.startedAt.seconds(since: setup.start))
        }
        var curves: [TrialID: [[Point]]] = [:]
        var last: [TrialID: Int] = [:]
        for point in outcome.points where point.objective.isFinite {
            let attempt = (starts[point.trial] ?? []).count { $0 < point.seconds }
            if last[point.trial] != attempt { curves[point.trial, default: []].append([]) }
            last[point.trial] = attempt
            curves[point.trial]![curves[point.trial]!.count - 1].append(
                Point(seconds: point.seconds, step: point.step, objective: point.objective))
        }
        return curves.keys.sorted().map { Curve(trial: $0, attempts: curves[$0]!) }
    }
}

extension SweepPlot {
    /// - Parameter name: what the user calls the trial; by default its number.
    public init(
        _ outcome: SimulationOutcome, _ setup: SimulationSetup, title: String, subtitle: String = "",
        name: @escaping (TrialID) -> String = { "trial \($0)" }
    ) {
        self.init(SweepPicture(outcome, setup), title: title, subtitle: subtitle, name: name)
    }
}
