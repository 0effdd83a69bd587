public import HyperSchedProtocol
public import Scheduler

/// One sweep of a simulation: what the user asked for, and how its trials would behave.
public struct SimulatedSweep: Sendable {
    /// Its deadline is an instant after the start of the simulation.
    public var spec: SweepSpec
    /// Seconds from the start at which it is submitted.
    public var submits: Double
    /// The true s(a) of its trials.
    public var throughput: ThroughputModel
    /// Seconds from the start of an attempt to its first training step (restore included).
    public var startupSeconds: Double
    /// Seconds from the request to stop to free slots and a durable checkpoint.
    public var stopSeconds: Double
    /// The run of the trial with this index within the sweep. A trial that goes on from another one's checkpoint goes
    /// on along that one's run: what its changed hyperparameters would do no record can tell.
    public var trial: @Sendable (Int) -> SimulatedTrial

    public init(
        spec: SweepSpec, submits: Double = 0, throughput: ThroughputModel = .linear, startupSeconds: Double = 0,
        stopSeconds: Double = 0, trial: @escaping @Sendable (Int) -> SimulatedTrial
    ) {
        self.spec = spec
        self.submits = submits
        self.throughput = throughput
        self.startupSeconds = startupSeconds
        self.stopSeconds = stopSeconds
        self.trial = trial
    }
}
