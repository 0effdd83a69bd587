public import HyperSchedProtocol
import Scheduler

/// Says what a sweep file means before anything is started: rungs in the user's own steps, the first configurations,
/// and what can never work.
public struct SweepExplainer: Sendable {
    private static let configurationCount = 5

    private let parsed: ParsedSweep
    private let now: Timestamp
    private let agents: [AgentSummary]
    private let feasibility: Feasibility?

    /// - Parameters:
    ///   - agents: those that the daemon knows; none known is not the same as none fitting, so an empty list is only
    ///     remarked on.
    ///   - pace: how fast trials of the same program were; nil: nothing is known.
    ///   - paceOf: whose pace that is: "sweep 12".
    public init(
        _ parsed: ParsedSweep, now: Timestamp, agents: [AgentSummary] = [], pace: MeasuredPace? = nil,
        paceOf: String = "an earlier sweep"
    ) {
        self.parsed = parsed
        self.now = now
        self.agents = agents
        let left = parsed.spec.deadline.seconds(since: now) - ClusterSettings().minimumStopReserveSeconds
        feasibility = pace.map { Feasibility(parsed.spec, pace: $0, timeLeft: left, known: paceOf) }
    }

    public func explanation() -> SweepExplanation {
        let sampler = ConfigurationSampler(spec)
        let limit = min(spec.limits.trials, sampler.count ?? spec.limits.trials)
        var explanation = SweepExplanation(
            spec: spec, timeLeftSeconds: spec.deadline.seconds(since: now), rungs: rungs(),
            gridSize: sampler.count, trialLimit: limit,
            firstConfigurations: sampler.first(min(limit, Self.configurationCount), of: spec),
            obstacles: slotObstacles() + timeObstacles(), warnings: parsed.warnings + remarks(), text: [])
        explanation.text = ExplanationText(explanation).lines()
        return explanation
    }

    private var spec: SweepSpec { parsed.spec }

    private func rungs() -> [SweepExplanation.Rung] {
        let (eta, spacing): (Int, Int)
        switch spec.policy {
        case .fifo, .median, .pbt: return []
        case .asha(let options): (eta, spacing) = (options.reductionFactor, options.reductionFactor)
        case .hyperband(let options): (eta, spacing) = (options.reductionFactor, options.reductionFactor)
        case .hypersched(let options): (eta, spacing) = (options.reductionFactor, options.reductionFactor)
        case .deadline(let options): (eta, spacing) = (options.reductionFactor, 2)
        }
        var rungs: [SweepExplanation.Rung] = []
        var steps = spec.steps.min
        // r η^i below R, as the policies have them; r 2^i with `deadline`, whatever its η is at the moment.
        while steps < spec.steps.max {
            rungs.append(SweepExplanation.Rung(steps: steps, keepOneIn: eta))
            let (next, overflow) = steps.multipliedReportingOverflow(by: spacing)
            if overflow { break }
            steps = next
        }
        return rungs
    }

    /// Slots of the right kind on each agent with the right labels that is not lost, the largest first.
    private var offers: [Int] {
        agents.filter { agent in
            agent.state != .lost && spec.slots.labels.allSatisfy { agent.labels[$0.key] == $0.value }
        }.map { agent in agent.slots.count { $0.kind == spec.slots.kind } }.filter { $0 > 0 }.sorted(by: >)
    }

    private func slotObstacles() -> [String] {
        guard !agents.isEmpty else { return [] }
        let kind = spec.slots.kind.rawValue
        guard let largest = offers.first else {
            let labels = spec.slots.labels.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return ["no agent offers \(kind) slots" + (labels.isEmpty ? "" : " with the labels\(labels)")]
        }
        if spec.slots.isGang {
            let fitting = offers.count { $0 >= spec.slots.minEach }
            guard fitting < spec.slots.agentCount else { return [] }
            return [
                "slots.agents is \(spec.slots.agentCount), but \(fitting) agents have \(spec.slots.minEach) \(kind) slots: "
                    + "no trial can start"
            ]
        }
        guard spec.slots.min > largest else { return [] }
        return [
            "slots.min is \(spec.slots.min), but the largest agent has \(largest) \(kind) slots: no trial can start"
        ]
    }

    private func timeObstacles() -> [String] {
        let left = spec.deadline.seconds(since: now)
        var obstacles: [String] = []
        if left <= spec.checkpoint.graceSeconds {
            obstacles.append(
                "the deadline is \(Self.number(left)) s away, no more than checkpoint.grace "
                    + "(\(Self.number(spec.checkpoint.graceSeconds)) s)")
        }
        if let obstacle = feasibility?.obstacle { obstacles.append(obstacle) }
        if spec.steps.isTimed, Double(spec.steps.min) > left {
            obstacles.append(
                "steps.min is \(spec.steps.min) s of training, but only \(Self.number(left)) s are left to the deadline"
            )
        }
        return obstacles
    }

    private func remarks() -> [String] {
        var remarks: [String] = []
        if agents.isEmpty { remarks.append("slots: no agent is known yet; trials wait until one comes") }
        if let largest = offers.first, let max = spec.slots.max, max > largest {
            remarks.append("slots.max is \(max), but no agent has more than \(largest): that is the most a trial gets")
        }
        if let size = ConfigurationSampler(spec).count, spec.method == .grid, size > spec.limits.trials {
            remarks.append(
                "limits.trials is \(spec.limits.trials): the last \(size - spec.limits.trials) points are left out")
        }
        if spec.steps.min == spec.steps.max, spec.policy != .fifo {
            remarks.append("steps.min equals steps.max: there is no rung, so that no trial is ever stopped early")
        }
        remarks += policyRemarks()
        if let remark = feasibility?.remark { remarks.append(remark) }
        return remarks + budgetRemarks()
    }

    private func budgetRemarks() -> [String] {
        guard let budget = spec.budget else { return [] }
        let all = Double(offers.reduce(0, +)) * spec.deadline.seconds(since: now) / 3600
        guard all > 0, budget.slotHours >= all else { return [] }
        return [
            "budget.slot_hours is \(Self.number(budget.slotHours)), but all slots together have "
                + "\(Self.number(all)) slot-hours until the deadline: it limits nothing"
        ]
    }

    private func policyRemarks() -> [String] {
        switch spec.policy {
        case .hyperband(let options): return bracketRemarks(options)
        case .median(let options) where options.points(spec.steps).count == 0:
            return ["policy.grace_steps: no trial is ever judged before \(spec.steps.max) steps"]
        case .pbt(let options): return populationRemarks(options)
        case .fifo, .asha, .median, .hypersched, .deadline: return []
        }
    }

    private func bracketRemarks(_ options: HyperbandOptions) -> [String] {
        let all = HyperbandBrackets(steps: spec.steps, reductionFactor: options.reductionFactor, limit: nil)
        guard let wanted = options.brackets, wanted > all.weights.count else { return [] }
        return ["policy.brackets is \(wanted), but there are only \(all.weights.count) between steps.min and steps.max"]
    }

    private func populationRemarks(_ options: PBTOptions) -> [String] {
        let size = options.population ?? PBTOptions.smallestPopulation
        var remarks: [String] = []
        if spec.limits.trials <= size {
            remarks.append(
                "limits.trials is \(spec.limits.trials): none is left for children of the population of \(size)")
        }
        let slots = offers.reduce(0, +)
        if let population = options.population, slots / spec.slots.min > population {
            remarks.append(
                "policy.population is \(population): of \(slots) slots at most "
                    + "\(population * spec.slots.min) are used")
        }
        return remarks
    }

    private static func number(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }
}
