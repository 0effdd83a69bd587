internal import HyperSchedProtocol
internal import Scheduler

/// The best that can be reached by the deadline by someone who knows every curve: the right trial, from the start, on
/// the fastest number of slots that one trial can hold. No policy can do better.
public enum KnownCurves {
    /// The best objective that the run reaches by the deadline on this many slots, or fewer where that is faster; nil:
    /// it reports nothing in time.
    public static func best(of run: SimulatedTrial, slots: Int, in setup: SimulationSetup) -> Double? {
        var (time, best) = (setup.startupSeconds, Double?.none)
        let metric = setup.spec.metric
        // Past its peak a scaling curve may fall.
        let speed = (1...max(1, slots)).map { setup.throughput.speed(slots: $0) }.max()!
        for (value, seconds) in zip(run.objective, run.stepSeconds) {
            time += seconds / speed
            guard time <= setup.duration - setup.stopSeconds, value.isFinite else { break }
            if best.map({ metric.score(of: value) > metric.score(of: $0) }) ?? true { best = value }
        }
        return best
    }

    /// As a run of one trial.
    public static func run(_ setup: SimulationSetup) -> SimulationOutcome {
        let metric = setup.spec.metric
        var best: (index: Int, score: Double)?
        for index in 0..<setup.spec.limits.trials {
            guard let value = Self.best(of: setup.trial(index), slots: setup.widestAgent, in: setup) else { continue }
            let score = metric.score(of: value)
            if best.map({ score > $0.score }) ?? true { best = (index, score) }
        }
        var log = HandRun(setup)
        guard let best else { return log.finish() }
        let width = (1...setup.widestAgent).max {
            (setup.throughput.speed(slots: $0), -$0) < (setup.throughput.speed(slots: $1), -$1)
        }!
        _ = log.train(HandRun.Progress(index: best.index), slots: width, from: 0, until: log.trainingEnds, to: nil)
        return log.finish()
    }
}
