public import HyperSchedProtocol

/// What came of a simulated sweep. Seconds count from the start of the simulation.
public struct SimulationOutcome: Sendable {
    /// A moment at which the best objective reported so far changed.
    public struct Improvement: Hashable, Sendable {
        public let seconds: Double
        public let objective: Double
        public let trial: TrialID
    }

    /// A point of a trial's curve as it was trained here.
    public struct Point: Hashable, Sendable {
        public let seconds: Double
        public let trial: TrialID
        public let step: Int
        /// In the metric's own direction; NaN where the run diverged.
        public let objective: Double
    }

    public internal(set) var state: SweepState = .queued
    /// Ascending in time; the last one is the result.
    public internal(set) var improvements: [Improvement] = []
    /// Every report, ascending in time.
    public internal(set) var points: [Point] = []
    /// Every attempt, by end.
    public internal(set) var attempts: [AttemptRecord] = []
    public internal(set) var decisions: [Decision] = []
    /// As a daemon would have written them down.
    public internal(set) var forecasts: [ForecastRecord] = []
    /// How the sweep ended, for the forecasts.
    public internal(set) var ends: [SweepOutcome] = []
    /// Trials of which an attempt was started.
    public internal(set) var trialsStarted = 0
    /// Attempts started beyond the first of each trial.
    public internal(set) var restarts = 0
    /// Slot-seconds in which a process trained (set-up, stopping, lost steps and idle time left out).
    public internal(set) var trainingSlotSeconds = 0.0
    /// Slot-seconds in which slots were held.
    public internal(set) var heldSlotSeconds = 0.0
    /// Seconds to the end of the sweep.
    public internal(set) var endedSeconds = 0.0
    /// Share of all slots from the sweep's submission to its deadline that it held, 0…1.
    public internal(set) var utilization = 0.0

    public init() {}

    /// Best objective reported by the deadline; nil: none.
    public var best: Double? { improvements.last?.objective }
}
