public import HyperSchedProtocol

/// What came of a simulated sweep.
public struct SimulationOutcome: Sendable {
    /// A moment at which the best objective reported so far changed.
    public struct Improvement: Hashable, Sendable {
        /// Seconds from the start.
        public let seconds: Double
        public let objective: Double
        public let trial: TrialID
    }

    public internal(set) var state: SweepState = .queued
    /// Ascending in time; the last one is the result.
    public internal(set) var improvements: [Improvement] = []
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
    /// Slot-seconds in which a process trained (set-up, stopping and idle time left out).
    public internal(set) var trainingSlotSeconds = 0.0
    /// Slot-seconds in which slots were held.
    public internal(set) var heldSlotSeconds = 0.0
    /// Seconds from start to the end of the sweep.
    public internal(set) var endedSeconds = 0.0
    /// Share of all slots over the whole time to the deadline that were held, 0…1.
    public internal(set) var utilization = 0.0

    /// Best objective reported by the deadline; nil: none.
    public var best: Double? { improvements.last?.objective }
}
