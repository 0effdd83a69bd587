/// Why something was done: the rule, in words and numbers, and who else was in it.
public struct Reason: Hashable, Sendable, Codable {
    /// A stable name: `rung_cutoff`, `admission`, `resize_gain`, `deadline`, …  The list is in docs/SCHEDULING.md.
    public var rule: String
    /// One sentence for people, with the numbers in it.
    public var text: String
    /// The same numbers for programs.
    public var numbers: [String: MetricValue]
    /// Trials whose results decided it, best first; at most a handful.
    public var rivals: [TrialID]

    public init(rule: String, text: String, numbers: [String: MetricValue] = [:], rivals: [TrialID] = []) {
        self.rule = rule
        self.text = text
        self.numbers = numbers
        self.rivals = rivals
    }
}

public enum DecisionKind: String, Hashable, Sendable, Codable, CaseIterable {
    case start, resume, pause, resize, stop, complete, prune, fail, diverge, requeue, cancel, extend, adjust
    case noMetric = "no_metric"
    case closeAdmission = "close_admission"
    case finish
}

/// One decision of the scheduler, as recorded.
public struct Decision: Hashable, Sendable, Codable {
    public var at: Timestamp
    public var sweep: SweepID
    /// nil: it concerns the sweep as a whole.
    public var trial: TrialID?
    public var kind: DecisionKind
    public var reason: Reason

    public init(at: Timestamp, sweep: SweepID, trial: TrialID?, kind: DecisionKind, reason: Reason) {
        self.at = at
        self.sweep = sweep
        self.trial = trial
        self.kind = kind
        self.reason = reason
    }
}

/// `POST /api/v1/sweeps/{id}/extend`
public struct SweepExtension: Hashable, Sendable, Codable {
    /// The new deadline, later than the present one.
    public var deadline: Timestamp

    public init(deadline: Timestamp) { self.deadline = deadline }
}

/// `GET /api/v1/sweeps` and `/sweeps/{id}`
public struct SweepSummary: Hashable, Sendable, Codable {
    public var id: SweepID
    public var name: String
    public var state: SweepState
    /// Why it is in this state, where there is something to say.
    public var stateReason: String?
    public var spec: SweepSpec
    public var createdAt: Timestamp
    public var endedAt: Timestamp?
    /// Seconds to the deadline, negative after it; by the daemon's clock at the time of the answer.
    public var timeLeftSeconds: Double
    /// Number of trials by state; states without a trial are left out.
    public var trials: [String: Int]
    public var slotsHeld: Int
    /// Slots of live agents that could serve this sweep.
    public var slotsUsable: Int
    /// What keeps it from going on, for people; empty when all is well.
    public var warnings: [String]
    public var best: RankedTrial?
    /// Where it will probably be at its deadline; nil: it has ended.
    public var forecast: SweepForecast?
    /// Only of `/sweeps/{id}`: the forecasts written down so far, oldest first, scored when the sweep has ended.
    public var forecasts: [ScoredForecast]?
    /// How it shares slots with other sweeps; nil: it has ended, or nobody else wants slots of its kind.
    public var share: SlotShare?
    /// Slots times hours that its trials have held slots so far.
    public var slotHoursUsed: Double?

    public init(
        id: SweepID, name: String, state: SweepState, stateReason: String?, spec: SweepSpec, createdAt: Timestamp,
        endedAt: Timestamp?, timeLeftSeconds: Double, trials: [String: Int], slotsHeld: Int, slotsUsable: Int,
        warnings: [String], best: RankedTrial?, forecast: SweepForecast? = nil, forecasts: [ScoredForecast]? = nil,
        share: SlotShare? = nil, slotHoursUsed: Double? = nil
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.stateReason = stateReason
        self.spec = spec
        self.createdAt = createdAt
        self.endedAt = endedAt
        self.timeLeftSeconds = timeLeftSeconds
        self.trials = trials
        self.slotsHeld = slotsHeld
        self.slotsUsable = slotsUsable
        self.warnings = warnings
        self.best = best
        self.forecast = forecast
        self.forecasts = forecasts
        self.share = share
        self.slotHoursUsed = slotHoursUsed
    }
}

/// One row of `GET /api/v1/sweeps/{id}/ranking`: best objective first; trials without one last, by id.
public struct RankedTrial: Hashable, Sendable, Codable {
    /// 1 is the best.
    public var rank: Int
    public var trial: TrialID
    public var state: TrialState
    /// The best objective reported in time, in the metric's own direction; nil: none yet.
    public var objective: Double?
    public var objectiveStep: Int?
    public var lastStep: Int
    public var slots: Int
    public var attempt: Int
    public var configuration: Configuration
    /// The latest decision about it.
    public var reason: String?
    public var bestCheckpoint: CheckpointInfo?
    /// Where it will probably be at the deadline; nil: it has not reported, or it has ended.
    public var forecast: TrialForecast?

    public init(
        rank: Int, trial: TrialID, state: TrialState, objective: Double?, objectiveStep: Int?, lastStep: Int,
        slots: Int, attempt: Int, configuration: Configuration, reason: String?, bestCheckpoint: CheckpointInfo?,
        forecast: TrialForecast? = nil
    ) {
        self.rank = rank
        self.trial = trial
        self.state = state
        self.objective = objective
        self.objectiveStep = objectiveStep
        self.lastStep = lastStep
        self.slots = slots
        self.attempt = attempt
        self.configuration = configuration
        self.reason = reason
        self.bestCheckpoint = bestCheckpoint
        self.forecast = forecast
    }
}

/// `GET /api/v1/trials/{id}`
public struct TrialDetail: Hashable, Sendable, Codable {
    public var ranked: RankedTrial
    public var sweep: SweepID
    public var index: Int
    public var seed: UInt64
    public var stateReason: String?
    public var failures: Int
    public var trainedSeconds: Double
    public var metricNames: [String]
    public var latestCheckpoint: CheckpointInfo?
    /// Path of the best checkpoint's archive on the daemon's host.
    public var bestCheckpointPath: String?
    /// Where it comes from; nil: it began at the beginning.
    public var lineage: Lineage?
    public var attempts: [AttemptRecord]

    public init(
        ranked: RankedTrial, sweep: SweepID, index: Int, seed: UInt64, stateReason: String?, failures: Int,
        trainedSeconds: Double, metricNames: [String], latestCheckpoint: CheckpointInfo?, bestCheckpointPath: String?,
        lineage: Lineage? = nil, attempts: [AttemptRecord]
    ) {
        self.ranked = ranked
        self.sweep = sweep
        self.index = index
        self.seed = seed
        self.stateReason = stateReason
        self.failures = failures
        self.trainedSeconds = trainedSeconds
        self.metricNames = metricNames
        self.latestCheckpoint = latestCheckpoint
        self.bestCheckpointPath = bestCheckpointPath
        self.lineage = lineage
        self.attempts = attempts
    }
}

/// One run of a trial: who ran it, on how many slots, when. `GET /api/v1/sweeps/{id}/attempts` gives those of a sweep
/// by start time: the picture of slots per trial against time.
public struct AttemptRecord: Hashable, Sendable, Codable {
    public var attempt: AttemptID
    /// Of a trial over several agents the leader.
    public var agent: AgentID
    /// Of a trial over several agents those on the leader, then those on the others.
    public var slots: [Int]
    /// When the slots were given.
    public var startedAt: Timestamp
    /// When they were free again.
    public var endedAt: Timestamp?
    public var outcome: AttemptOutcome?
    public var exitCode: Int?
    public var signal: Int?
    public var message: String?

    public init(
        attempt: AttemptID, agent: AgentID, slots: [Int], startedAt: Timestamp, endedAt: Timestamp? = nil,
        outcome: AttemptOutcome? = nil, exitCode: Int? = nil, signal: Int? = nil, message: String? = nil
    ) {
        self.attempt = attempt
        self.agent = agent
        self.slots = slots
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.message = message
    }
}

/// One point of `GET /api/v1/trials/{id}/curve`, in the order of arrival.
public struct CurvePoint: Hashable, Sendable, Codable {
    public var attempt: Int
    public var sequence: Int64
    public var step: Int
    public var metrics: [String: MetricValue]
    public var elapsedSeconds: Double
    /// Seconds from the start of the process to its first training step, where its program said so.
    public var setupSeconds: Double?
    public var at: Timestamp
    /// Of an attempt that was no longer the live one: without effect on the ranking.
    public var stale: Bool
    /// Came after the deadline: without effect on the ranking.
    public var late: Bool

    public init(
        attempt: Int, sequence: Int64, step: Int, metrics: [String: MetricValue], elapsedSeconds: Double,
        setupSeconds: Double? = nil, at: Timestamp, stale: Bool, late: Bool
    ) {
        self.attempt = attempt
        self.sequence = sequence
        self.step = step
        self.metrics = metrics
        self.elapsedSeconds = elapsedSeconds
        self.setupSeconds = setupSeconds
        self.at = at
        self.stale = stale
        self.late = late
    }
}

/// `GET /api/v1/agents`
public struct AgentSummary: Hashable, Sendable, Codable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable { case live, draining, lost }

    public var id: AgentID
    public var state: State
    public var slots: [Slot]
    public var labels: [String: String]
    public var attempts: [AttemptID]
    public var slotsHeld: Int
    /// Seconds since its last sync.
    public var lastSyncSeconds: Double
    public var version: String
    /// Seconds until it will be gone, as it said itself, 0 once it is time; nil: it said nothing.
    public var endsInSeconds: Double?
    /// Where other agents reach it; nil: not known.
    public var address: String?

    public init(
        id: AgentID, state: State, slots: [Slot], labels: [String: String], attempts: [AttemptID], slotsHeld: Int,
        lastSyncSeconds: Double, version: String, endsInSeconds: Double? = nil, address: String? = nil
    ) {
        self.id = id
        self.state = state
        self.slots = slots
        self.labels = labels
        self.attempts = attempts
        self.slotsHeld = slotsHeld
        self.lastSyncSeconds = lastSyncSeconds
        self.version = version
        self.endsInSeconds = endsInSeconds
        self.address = address
    }
}

/// A page of a listing: `?limit=N&cursor=C`; a missing `nextCursor` means that this was the last page.
public struct Page<Item: Sendable & Codable & Hashable>: Sendable, Codable, Hashable {
    public var items: [Item]
    public var nextCursor: String?

    public init(items: [Item], nextCursor: String? = nil) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// `GET /version`
public struct VersionInfo: Hashable, Sendable, Codable {
    public var name: String
    public var version: String
    /// Version of the database schema.
    public var schema: Int

    public init(name: String, version: String, schema: Int) {
        self.name = name
        self.version = version
        self.schema = schema
    }
}

/// The answer to every refused request, as `application/problem+json` (https://www.rfc-editor.org/rfc/rfc9457).
public struct Problem: Error, Hashable, Sendable, Codable {
    public struct FieldError: Hashable, Sendable, Codable {
        /// Path in the request: `parameters.lr.min`
        public var field: String
        public var message: String
        /// What to write instead.
        public var fix: String

        public init(field: String, message: String, fix: String) {
            self.field = field
            self.message = message
            self.fix = fix
        }
    }

    /// HTTP status.
    public var status: Int
    /// A stable word for programs: `invalid_sweep`, `not_found`, `stale_attempt`, …
    public var code: String
    public var title: String
    public var detail: String
    public var errors: [FieldError]

    public init(status: Int, code: String, title: String, detail: String = "", errors: [FieldError] = []) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
    }
}

/// The version of these programs.
public enum ProductVersion {
    public static let current = "0.1.0"
}
