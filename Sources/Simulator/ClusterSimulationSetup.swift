public import HyperSchedProtocol
public import Scheduler

/// Sweeps on a cluster that exists only on paper.
public struct ClusterSimulationSetup: Sendable {
    public static let defaultStart = Timestamp(milliseconds: 1_700_000_000_000)

    public var start: Timestamp
    public var agents: [SimulatedAgent]
    /// The sweep at index i gets the id i + 1.
    public var sweeps: [SimulatedSweep]
    public var faults: SimulatedFaults
    public var settings: ClusterSettings

    /// - Parameter settings: nil: the least reserve for last checkpoints is the longest time that a stop takes, and
    ///   leases end only where an agent may vanish.
    public init(
        start: Timestamp = Self.defaultStart, agents: [SimulatedAgent], sweeps: [SimulatedSweep],
        faults: SimulatedFaults = .none, settings: ClusterSettings? = nil
    ) {
        self.start = start
        self.agents = agents
        self.sweeps = sweeps
        self.faults = faults
        let vanishes = agents.contains { $0.allEvents.contains { $0.change == .vanish } }
        self.settings =
            settings
            ?? ClusterSettings(
                leaseSeconds: vanishes ? ClusterSettings().leaseSeconds : 1e9,
                minimumStopReserveSeconds: sweeps.map(\.stopSeconds).max() ?? 0)
    }
}
