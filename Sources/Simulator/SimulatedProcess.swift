internal import HyperSchedProtocol
internal import Scheduler

/// The process of one attempt, or the processes of a gang, which train as one.
struct SimulatedProcess {
    let lease: LeaseRecord
    /// Of a gang: agents that have vanished. The others wait for them, and train nothing.
    var vanished: Set<AgentID> = []
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
