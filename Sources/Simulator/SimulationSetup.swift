public import HyperSchedProtocol
public import Scheduler

/// One sweep on a cluster that exists only on paper. For several sweeps see ``ClusterSimulationSetup``.
public struct SimulationSetup: Sendable {
    /// The sweep; its deadline is an instant after `start`.
    public var spec: SweepSpec
    public var start: Timestamp
    public var agents: [SimulatedAgent]
    public var throughput: ThroughputModel
    /// Seconds from the start of an attempt to its first training step (restore included).
    public var startupSeconds: Double
    /// Seconds from the request to stop to free slots and a durable checkpoint.
    public var stopSeconds: Double
    public var faults: SimulatedFaults
    /// The run of the trial with this index within the sweep.
    public var trial: @Sendable (Int) -> SimulatedTrial

    public init(
        spec: SweepSpec, start: Timestamp = ClusterSimulationSetup.defaultStart, agents: [SimulatedAgent],
        throughput: ThroughputModel = .linear, startupSeconds: Double = 0, stopSeconds: Double = 0,
        faults: SimulatedFaults = .none, trial: @escaping @Sendable (Int) -> SimulatedTrial
    ) {
        self.spec = spec
        self.start = start
        self.agents = agents
        self.throughput = throughput
        self.startupSeconds = startupSeconds
        self.stopSeconds = stopSeconds
        self.faults = faults
        self.trial = trial
    }

    /// - Parameter agentSlots: slots of each agent; all are there from start to end.
    public init(
        spec: SweepSpec, start: Timestamp = ClusterSimulationSetup.defaultStart, agentSlots: [Int],
        throughput: ThroughputModel = .linear, startupSeconds: Double = 0, stopSeconds: Double = 0,
        trial: @escaping @Sendable (Int) -> SimulatedTrial
    ) {
        self.init(
            spec: spec, start: start,
            agents: agentSlots.map { SimulatedAgent(slots: $0, kind: spec.slots.kind, labels: spec.slots.labels) },
            throughput: throughput, startupSeconds: startupSeconds, stopSeconds: stopSeconds, trial: trial)
    }

    /// Seconds from start to deadline.
    public var duration: Double { spec.deadline.seconds(since: start) }
    /// Slots of all agents as they join.
    public var slots: Int { agents.reduce(0) { $0 + $1.slots } }
    /// Most slots that one trial can hold.
    public var widestAgent: Int { agents.map(\.slots).max() ?? 0 }

    var cluster: ClusterSimulationSetup {
        ClusterSimulationSetup(
            start: start, agents: agents,
            sweeps: [
                SimulatedSweep(
                    spec: spec, throughput: throughput, startupSeconds: startupSeconds, stopSeconds: stopSeconds,
                    trial: trial)
            ],
            faults: faults)
    }
}
