internal import HyperSchedProtocol
internal import Scheduler

/// The process of one attempt.
struct SimulatedProcess {
    let lease: LeaseRecord
    let run: SimulatedTrial
    /// How many times as long as recorded its steps take.
    let pace: Double
    /// Completed steps.
    var step: Int
    var sequence: Int64 = 0
    var stepBegan: Timestamp
    var stopping = false
    var outcome: AttemptOutcome = .interrupted
}
