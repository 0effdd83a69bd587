import HyperSchedProtocol
public import Simulator

/// The two ends of the regret scale of a cell: 0 is what someone who knows every curve reaches, 1 is one random run
/// alone on `slots.min` slots.
public struct RegretScale: Sendable {
    /// In the metric's own direction.
    public let oracle: Double
    public let random: Double
    /// What a sweep without any result is worth.
    public let worst: Double

    public init(_ setup: SimulationSetup, runs: Int, worst: Double) {
        let metric = setup.spec.metric
        let trials = (0..<runs).map(setup.trial)
        oracle =
            trials.compactMap { KnownCurves.best(of: $0, slots: setup.widestAgent, in: setup) }
            .max { metric.score(of: $0) < metric.score(of: $1) } ?? worst
        let alone = trials.map { KnownCurves.best(of: $0, slots: setup.spec.slots.min, in: setup) ?? worst }
        random = alone.reduce(0, +) / Double(max(1, runs))
        self.worst = worst
    }

    /// - Parameter best: nil: nothing was reported in time.
    public func regret(of best: Double?) -> Double {
        oracle == random ? 0 : (oracle - (best ?? worst)) / (oracle - random)
    }
}
