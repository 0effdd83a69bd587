import HyperSchedProtocol

/// Counts over the whole cluster.
struct ClusterOccupancy: Sendable {
    var agents: [AgentSummary.State: Int] = [:]
    /// Of agents that are not lost.
    var slots: [SlotKind: (total: Int, held: Int, unclean: Int)] = [:]
    var sweeps: [SweepState: Int] = [:]
}
