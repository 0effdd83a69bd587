public import HyperSchedProtocol
import Scheduler
public import Simulator

/// One sweep to be simulated, whatever the policy: which runs, how long, on what.
public struct ReplayCell: Sendable {
    public var table: CurveTable
    /// Seconds from the start.
    public var deadlineSeconds: Double
    /// Slots of each agent.
    public var agents: [Int]
    public var scaling: NamedScaling
    /// Draws the sweep's runs and their order.
    public var seed: UInt64
    /// Runs of the sweep at most.
    public var trials: Int
    /// Seconds from the start of an attempt to its first step.
    public var startupSeconds: Double
    /// Seconds from the request to stop to free slots and a durable checkpoint.
    public var stopSeconds: Double
    /// r: the first rung.
    public var minStep: Int
    public var slots: SlotRequest
    /// The sweep's metric by name.
    public var metricName: String
    public var faults: SimulatedFaults

    public init(
        table: CurveTable, deadlineSeconds: Double, agents: [Int], scaling: NamedScaling = .linear, seed: UInt64 = 1,
        trials: Int = 100, startupSeconds: Double = 0, stopSeconds: Double = 0, minStep: Int = 1,
        slots: SlotRequest = SlotRequest(), metricName: String = "metric", faults: SimulatedFaults = .none
    ) {
        self.table = table
        self.deadlineSeconds = deadlineSeconds
        self.agents = agents
        self.scaling = scaling
        self.seed = seed
        self.trials = trials
        self.startupSeconds = startupSeconds
        self.stopSeconds = stopSeconds
        self.minStep = minStep
        self.slots = slots
        self.metricName = metricName
        self.faults = faults
    }

    /// Places in the table of the seed's runs, in the order in which the sampler draws them.
    public var drawn: [Int] {
        guard !(table.isOrdered && seed == 1) else { return Array(table.runs.indices.prefix(trials)) }
        let random = CounterRandom(seed: seed).stream("pool")
        let order = table.runs.indices.sorted {
            (random.bits(at: UInt64($0)), $0) < (random.bits(at: UInt64($1)), $1)
        }
        return Array(order.prefix(trials))
    }

    /// The seed's runs.
    public var pool: [SimulatedTrial] { drawn.map { table.runs[$0] } }

    /// The sweep; its policy is the contender's matter.
    public func setup(_ pool: [SimulatedTrial]) -> SimulationSetup {
        let start = ClusterSimulationSetup.defaultStart
        let spec = SweepSpec(
            name: table.name, program: .command(["replay"]), method: .random,
            metric: Metric(name: metricName, goal: table.goal),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: start.advanced(bySeconds: deadlineSeconds), policy: .fifo,
            steps: StepRange(min: min(minStep, table.maxStep), max: table.maxStep), slots: slots,
            limits: SweepLimits(trials: pool.count), retry: RetryRule(max: faults == .none ? 0 : 3), seed: seed)
        var setup = SimulationSetup(
            spec: spec, start: start, agentSlots: agents, throughput: scaling.model, startupSeconds: startupSeconds,
            stopSeconds: stopSeconds, trial: { pool[$0] })
        setup.faults = faults
        setup.faults.seed = seed
        return setup
    }

    /// `8`, `2x4` or `4+2`: slots by agent.
    public var agentText: String {
        guard let first = agents.first, agents.count > 1 else { return String(agents.first ?? 0) }
        let isEven = agents.allSatisfy { $0 == first }
        return isEven ? "\(agents.count)x\(first)" : agents.map(String.init).joined(separator: "+")
    }

    /// Reads ``agentText``.
    public static func agents(_ text: String) throws(ReplayError) -> [Int] {
        let parts = text.split(separator: "+", omittingEmptySubsequences: false)
        var agents: [Int] = []
        for part in parts {
            let numbers = part.split(separator: "x").map { Int($0) ?? 0 }
            guard (1...2).contains(numbers.count), numbers.allSatisfy({ (1...100_000).contains($0) }) else {
                throw ReplayError("'\(text)' names no agents", fix: "write slots (8), agents by slots (2x4), or 4+2+2")
            }
            agents += Array(repeating: numbers.last!, count: numbers.count == 2 ? numbers[0] : 1)
        }
        return agents
    }
}
