public import HyperSchedProtocol

/// A sweep on a cluster that exists only on paper.
public struct SimulationSetup: Sendable {
    /// The sweep; its deadline is an instant after `start`.
    public var spec: SweepSpec
    public var start: Timestamp
    /// Slots of each agent.
    public var agentSlots: [Int]
    public var throughput: ThroughputModel
    /// Seconds from the start of an attempt to its first training step (restore included).
    public var startupSeconds: Double
    /// Seconds from the request to stop to free slots and a durable checkpoint.
    public var stopSeconds: Double
    /// The run of the trial with this index within the sweep.
    public var trial: @Sendable (Int) -> SimulatedTrial

    public init(
        spec: SweepSpec, start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000), agentSlots: [Int],
        throughput: ThroughputModel = .linear, startupSeconds: Double = 0, stopSeconds: Double = 0,
        trial: @escaping @Sendable (Int) -> SimulatedTrial
    ) {
        self.spec = spec
        self.start = start
        self.agentSlots = agentSlots
        self.throughput = throughput
        self.startupSeconds = startupSeconds
        self.stopSeconds = stopSeconds
        self.trial = trial
    }

    /// Seconds from start to deadline.
    public var duration: Double { spec.deadline.seconds(since: start) }
}
