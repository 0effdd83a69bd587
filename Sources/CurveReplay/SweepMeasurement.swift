import Glibc
import HyperSchedProtocol
public import Simulator

/// What one contender made of one cell.
public struct SweepMeasurement: Hashable, Sendable {
    /// 0: as good as the oracle; 1: as good as one random run alone.
    public let regret: Double
    /// Best objective by the deadline; a sweep without one gets the worst value of the table.
    public let best: Double
    /// Share of the slots that were held, and that trained, from start to deadline.
    public let utilization: Double
    public let trained: Double
    public let started: Int
    public let restarts: Int
    /// Seconds from the start to the end of the sweep.
    public let endedSeconds: Double
    /// Processor seconds of the simulation.
    public let cost: Double
    /// Best objective so far: seconds, value.
    public let course: [SimulationOutcome.Improvement]
    /// Where the best value comes from: the run's place among those drawn, and the step; nil: there is none. A trial
    /// that went on from another one's checkpoint counts as itself.
    public let bestPlace: Place?

    public struct Place: Hashable, Sendable {
        public let run: Int
        public let step: Int
    }

    init(_ contender: Contender, _ setup: SimulationSetup, _ scale: RegretScale) {
        let began = Self.processorSeconds()
        let outcome = contender.run(setup)
        cost = Self.processorSeconds() - began
        best = outcome.best ?? scale.worst
        regret = scale.regret(of: outcome.best)
        utilization = outcome.utilization
        trained = outcome.trainingSlotSeconds / (Double(setup.slots) * setup.duration)
        started = outcome.trialsStarted
        restarts = outcome.restarts
        endedSeconds = outcome.endedSeconds
        course = outcome.improvements
        bestPlace = outcome.improvements.last.flatMap { last in
            outcome.points.last { $0.trial == last.trial && $0.seconds == last.seconds }
                .map { Place(run: Int(last.trial.rawValue) - 1, step: $0.step) }
        }
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
