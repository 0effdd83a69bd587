/// A validated sweep: what the user's sweep file says, with every default filled in. See docs/SWEEP_FILE.md.
public struct SweepSpec: Hashable, Sendable, Codable {
    public var name: String
    public var program: TrialProgram
    public var method: SearchMethod
    public var metric: Metric
    /// In the order of the file; that is also the order in which a grid is counted (last parameter fastest).
    public var parameters: [Parameter]
    public var deadline: Timestamp
    public var policy: PolicySpec
    public var steps: StepRange
    public var slots: SlotRequest
    public var limits: SweepLimits
    public var retry: RetryRule
    public var checkpoint: CheckpointRule
    public var onNaN: NaNRule
    /// Larger goes first: what is left of a larger one's slots goes to the next. Every sweep with a weight gets
    /// `slots.min` all the same.
    public var priority: Int
    /// Its part of the slots among sweeps of one priority; 0: only slots that nobody else wants. nil: 1.
    public var weight: Double?
    /// nil: no limit but the deadline.
    public var budget: SweepBudget?
    /// All random draws of the sweep come from this and the trial's index.
    public var seed: UInt64
    /// Only of method `external`; nil: the defaults.
    public var external: ExternalSearch?
    /// How its program's output is read, beside the lines with a mark: texts of ``ReportPattern``; nil: `name=value`.
    public var reportPatterns: [String]?

    public init(
        name: String, program: TrialProgram, method: SearchMethod, metric: Metric, parameters: [Parameter],
        deadline: Timestamp, policy: PolicySpec, steps: StepRange, slots: SlotRequest = SlotRequest(),
        limits: SweepLimits = SweepLimits(), retry: RetryRule = RetryRule(),
        checkpoint: CheckpointRule = CheckpointRule(), onNaN: NaNRule = .diverged, priority: Int = 0, seed: UInt64 = 0,
        external: ExternalSearch? = nil, weight: Double? = nil, budget: SweepBudget? = nil,
        reportPatterns: [String]? = nil
    ) {
        self.name = name
        self.program = program
        self.method = method
        self.metric = metric
        self.parameters = parameters
        self.deadline = deadline
        self.policy = policy
        self.steps = steps
        self.slots = slots
        self.limits = limits
        self.retry = retry
        self.checkpoint = checkpoint
        self.onNaN = onNaN
        self.priority = priority
        self.seed = seed
        self.external = external
        self.weight = weight
        self.budget = budget
        self.reportPatterns = reportPatterns
    }

    /// ``weight``, with its default filled in.
    public var effectiveWeight: Double { weight ?? 1 }
}

/// What a sweep may use up in all.
public struct SweepBudget: Hashable, Sendable, Codable {
    /// Slots times hours, from the moment a trial is given them to the moment they are free again.
    public var slotHours: Double

    public init(slotHours: Double) { self.slotHours = slotHours }
}

/// What a trial runs.
public enum TrialProgram: Hashable, Sendable, Codable {
    /// `hypersched-trial NAME`; the name is one of ``WorkloadDescription/all``.
    case workload(String)
    /// The user's own program: an argument vector with W&B's macros still in it (`${args}`, `${envvar:X}`, …).
    case command([String])
}

/// Where configurations come from. See "Configurations" in docs/SCHEDULING.md.
public enum SearchMethod: String, Hashable, Sendable, Codable, CaseIterable {
    case random
    case grid
    /// Scrambled Sobol points: random search without clusters and holes.
    case sobol
    /// Tree-structured Parzen estimator: learns from the trials so far.
    case tpe
    /// Proposals of another program, over HTTP.
    case external
}

/// How `method: external` treats the program that proposes.
public struct ExternalSearch: Hashable, Sendable, Codable {
    /// How long free slots wait for a proposal before something else may use them, seconds.
    public var waitSeconds: Double
    /// Proposals that may wait for slots; more are refused.
    public var queue: Int

    public init(waitSeconds: Double = 10, queue: Int = 100) {
        self.waitSeconds = waitSeconds
        self.queue = queue
    }
}

public struct Metric: Hashable, Sendable, Codable {
    public enum Goal: String, Hashable, Sendable, Codable, CaseIterable { case maximize, minimize }

    public var name: String
    public var goal: Goal
    /// Reaching it ends the sweep early with success.
    public var target: Double?

    public init(name: String, goal: Goal, target: Double? = nil) {
        self.name = name
        self.goal = goal
        self.target = target
    }

    /// The value turned so that larger is better, whatever the goal.
    public func score(of value: Double) -> Double { goal == .maximize ? value : -value }
    /// The inverse of ``score(of:)``.
    public func value(ofScore score: Double) -> Double { goal == .maximize ? score : -score }
}

/// Steps (epochs, say) a trial may run: rungs lie between the two.
public struct StepRange: Hashable, Sendable, Codable {
    /// The user's word for a step, only used in texts.
    public var unit: String
    /// r: the first rung.
    public var min: Int
    /// R: a trial that reached it is complete.
    public var max: Int
    /// True: `min` and `max` are seconds of training, set-up left out, and policies count those instead of the steps
    /// that programs report. nil: false.
    public var countsSeconds: Bool?

    public init(unit: String = "step", min: Int, max: Int, countsSeconds: Bool? = nil) {
        self.unit = unit
        self.min = min
        self.max = max
        self.countsSeconds = countsSeconds
    }

    public var isTimed: Bool { countsSeconds == true }
    /// The word for a step as programs report it.
    public var reportedUnit: String { isTimed ? "step" : unit }
}

public enum SlotKind: String, Hashable, Sendable, Codable, CaseIterable { case cpu, gpu }

/// What one trial may hold.
public struct SlotRequest: Hashable, Sendable, Codable {
    public var kind: SlotKind
    public var min: Int
    /// nil: as many as one agent has.
    public var max: Int?
    /// Every label must be present, with this value, on the agent.
    public var labels: [String: String]
    /// A trial runs on so many agents at the same time, with an equal part of its `min` slots on each, and never has
    /// more; nil: on one.
    public var agents: Int?

    public init(
        kind: SlotKind = .cpu, min: Int = 1, max: Int? = nil, labels: [String: String] = [:], agents: Int? = nil
    ) {
        self.kind = kind
        self.min = min
        self.max = max
        self.labels = labels
        self.agents = agents
    }

    /// Agents of one trial.
    public var agentCount: Int { agents ?? 1 }
    /// A trial runs on several agents.
    public var isGang: Bool { agentCount > 1 }
    /// Slots of a trial on each of its agents, at least.
    public var minEach: Int { min / agentCount }
}

public struct SweepLimits: Hashable, Sendable, Codable {
    /// How many trials may be created. A grid is never larger than itself.
    public var trials: Int
    /// Seconds of running time of one trial over all its attempts; nil: no limit.
    public var trialWallSeconds: Double?
    /// Seconds without a report after which a running attempt counts as hung; nil: no limit.
    public var noReportSeconds: Double?

    public init(trials: Int = 10_000, trialWallSeconds: Double? = nil, noReportSeconds: Double? = nil) {
        self.trials = trials
        self.trialWallSeconds = trialWallSeconds
        self.noReportSeconds = noReportSeconds
    }
}

public struct RetryRule: Hashable, Sendable, Codable {
    /// Failed attempts that are tried again, per trial. Interruptions (pause, resize, lost agent) do not count.
    public var max: Int

    public init(max: Int = 2) { self.max = max }
}

public struct CheckpointRule: Hashable, Sendable, Codable {
    /// Seconds from the request to stop (SIGTERM) to SIGKILL.
    public var graceSeconds: Double
    /// Where checkpoints go; nil: to the daemon's own store.
    public var place: CheckpointPlace?

    public init(graceSeconds: Double = 30, place: CheckpointPlace? = nil) {
        self.graceSeconds = graceSeconds
        self.place = place
    }
}

/// What a NaN or infinite objective means.
public enum NaNRule: String, Hashable, Sendable, Codable, CaseIterable {
    /// The trial ends in state `diverged`.
    case diverged
    /// The value counts as the worst possible one and the trial goes on.
    case worst
}

/// The scheduling policy and its options. See docs/SCHEDULING.md.
public enum PolicySpec: Hashable, Sendable, Codable {
    /// First in, first out: every trial runs to the last step on `slots.min` slots.
    case fifo
    case asha(ASHAOptions)
    /// Asynchronous Hyperband: ASHA with several brackets.
    case hyperband(HyperbandOptions)
    /// The median stopping rule.
    case median(MedianOptions)
    /// Population based training.
    case pbt(PBTOptions)
    case hypersched(HyperSchedOptions)
    case deadline(DeadlineOptions)

    public var name: String {
        switch self {
        case .fifo: "fifo"
        case .asha: "asha"
        case .hyperband: "hyperband"
        case .median: "median"
        case .pbt: "pbt"
        case .hypersched: "hypersched"
        case .deadline: "deadline"
        }
    }
}

/// Measured throughput on `slots` slots relative to one slot.
public struct ScalingPoint: Hashable, Sendable, Codable {
    public var slots: Int
    public var speed: Double

    public init(slots: Int, speed: Double) {
        self.slots = slots
        self.speed = speed
    }
}
