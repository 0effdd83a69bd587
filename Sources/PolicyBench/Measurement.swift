import HyperSchedProtocol
import Simulator

/// What one policy made of one cell.
struct Measurement: Sendable {
    /// 0: as good as the oracle; 1: as good as one random run on one slot.
    let regret: Double
    let best: Double
    let utilization: Double
    let started: Int
    let restarts: Int

    init(
        _ cell: Cell, _ policy: PolicySpec, pool: [SimulatedTrial], scale: (oracle: Double, random: Double),
        floor: Double
    ) {
        let outcome = SweepSimulation.run(cell.setup(policy, pool: pool))
        best = outcome.best ?? floor
        regret = scale.oracle > scale.random ? (scale.oracle - best) / (scale.oracle - scale.random) : 0
        utilization = outcome.utilization
        started = outcome.trialsStarted
        restarts = outcome.restarts
    }
}
