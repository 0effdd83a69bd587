import HyperSchedProtocol
import Scheduler
import Simulator

/// One sweep of the benchmark, whatever the policy.
struct Cell: Sendable {
    let table: CurveTable
    /// Deadline over the time of one whole run on one slot.
    let ratio: Double
    let slots: Int
    let scalingName: String
    let scaling: ThroughputModel
    var seed: UInt64
    static let trials = 100

    static let measured = ThroughputModel(points: [
        // HyperSched's ImageNet ResNet-50 table; it ends at 8, where more slots stop helping.
        ScalingPoint(slots: 1, speed: 1), ScalingPoint(slots: 2, speed: 1.77), ScalingPoint(slots: 4, speed: 2.93),
        ScalingPoint(slots: 8, speed: 4.29),
    ])

    static func scaling(_ name: String) -> ThroughputModel? {
        switch name {
        case "linear": .linear
        case "sqrt": .squareRoot
        case "measured": measured
        case "amdahl": .amdahl(parallel: 0.95)
        default: nil
        }
    }

    var deadlineSeconds: Double { ratio * table.fullSeconds }
    var startupSeconds: Double { 0.2 * table.stepSeconds }
    var stopSeconds: Double { 0.05 * table.stepSeconds }

    /// The seed's 100 runs, in the order in which the sampler draws them.
    var pool: [SimulatedTrial] {
        let random = CounterRandom(seed: seed).stream("pool")
        let order = table.runs.indices.sorted {
            (random.bits(at: UInt64($0)), $0) < (random.bits(at: UInt64($1)), $1)
        }
        return order.prefix(Self.trials).map { table.runs[$0] }
    }

    func setup(_ policy: PolicySpec, pool: [SimulatedTrial]) -> SimulationSetup {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        let spec = SweepSpec(
            name: "bench", program: .command(["x"]), method: .random, metric: Metric(name: "m", goal: .maximize),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: start.advanced(bySeconds: deadlineSeconds), policy: policy,
            steps: StepRange(min: 1, max: table.maxStep), limits: SweepLimits(trials: pool.count),
            retry: RetryRule(max: 0), seed: seed)
        return SimulationSetup(
            spec: spec, start: start, agentSlots: [slots], throughput: scaling, startupSeconds: startupSeconds,
            stopSeconds: stopSeconds, trial: { pool[$0] })
    }

    /// Best value that `run` reaches on `slots` slots from the start.
    func best(of run: SimulatedTrial, slots: Int) -> Double? {
        var (time, best) = (startupSeconds, Double?.none)
        // Past its peak a scaling curve may fall: the oracle takes the best size up to `slots`.
        let speed = (1...slots).map { scaling.speed(slots: $0) }.max()!
        for (value, seconds) in zip(run.objective, run.stepSeconds) {
            time += seconds / speed
            guard time <= deadlineSeconds - stopSeconds, value.isFinite else { break }
            best = max(best ?? value, value)
        }
        return best
    }

    /// The two ends of the regret scale: the best run with every slot from the start, and one random run on one slot.
    func scale(_ pool: [SimulatedTrial], floor: Double) -> (oracle: Double, random: Double) {
        let oracle = pool.compactMap { best(of: $0, slots: slots) }.max() ?? floor
        let random = pool.map { best(of: $0, slots: 1) ?? floor }.reduce(0, +) / Double(pool.count)
        return (oracle, random)
    }
}
