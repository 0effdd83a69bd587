public import HyperSchedProtocol
public import Scheduler

/// Runs one sweep through the real scheduler on a virtual clock: a ``ClusterSimulation`` of one sweep.
public struct SweepSimulation {
    private var cluster: ClusterSimulation

    public init(_ setup: SimulationSetup) { cluster = ClusterSimulation(setup.cluster) }

    public var state: ClusterState { cluster.state }
    public var outcome: SimulationOutcome { cluster.outcomes[0] }
    public var now: Timestamp { cluster.now }

    /// Runs to the end of the sweep.
    public static func run(_ setup: SimulationSetup) -> SimulationOutcome {
        ClusterSimulation.run(setup.cluster)[0]
    }

    /// Handles the next event. false: the sweep is over.
    public mutating func step() -> Bool { cluster.step() }
}
