/// `POST /api/v1/agents/{name}/sync`: the agent says what it has, the answer says all it should do. The call waits up
/// to `waitSeconds` for a desired state newer than `seenVersion` (long poll).
public struct AgentSync: Hashable, Sendable, Codable {
    /// Drawn by the agent process at its start: another value means that the agent was restarted.
    public var session: String
    public var slots: [Slot]
    public var labels: [String: String]
    /// Every attempt the agent still holds something of: running, ending, or ended and not yet acknowledged.
    public var attempts: [AttemptID]
    /// The version of the last desired state that the agent carried out; 0 at first.
    public var seenVersion: Int64
    public var waitSeconds: Double
    /// hypersched version of the agent.
    public var version: String
    /// Seconds until the agent will be gone (the end of its Slurm job, say); nil: not known.
    public var endsInSeconds: Double?
    /// It can run members of gangs (``Assignment/gang``); nil: it knows of none.
    public var runsGangs: Bool?
    /// Under which other agents reach programs on this one; nil: the address from which the daemon sees it come.
    public var address: String?

    public init(
        session: String, slots: [Slot], labels: [String: String], attempts: [AttemptID], seenVersion: Int64,
        waitSeconds: Double, version: String, endsInSeconds: Double? = nil, runsGangs: Bool? = nil,
        address: String? = nil
    ) {
        self.session = session
        self.slots = slots
        self.labels = labels
        self.attempts = attempts
        self.seenVersion = seenVersion
        self.waitSeconds = waitSeconds
        self.version = version
        self.endsInSeconds = endsInSeconds
        self.runsGangs = runsGangs
        self.address = address
    }
}

/// One place for a trial on an agent: a CPU group, a GPU or a share of a GPU.
public struct Slot: Hashable, Sendable, Codable {
    /// 0, 1, … unique on its agent.
    public var index: Int
    public var kind: SlotKind
    /// For a GPU its UUID or index, for CUDA_VISIBLE_DEVICES. Slots that share a GPU have the same.
    public var device: String?
    /// What is known of the GPU.
    public var gpu: GPUDescription?

    public init(index: Int, kind: SlotKind, device: String? = nil, gpu: GPUDescription? = nil) {
        self.index = index
        self.kind = kind
        self.device = device
        self.gpu = gpu
    }
}

/// The whole of what an agent should be doing. Whatever it runs that is not in here must end.
public struct DesiredState: Hashable, Sendable, Codable {
    /// Grows with every change for this agent.
    public var version: Int64
    /// Seconds, from the moment the agent sent the sync, for which it may keep its attempts without another answer.
    public var leaseSeconds: Double
    public var assignments: [Assignment]

    public init(version: Int64, leaseSeconds: Double, assignments: [Assignment]) {
        self.version = version
        self.leaseSeconds = leaseSeconds
        self.assignments = assignments
    }
}

/// One attempt on one agent.
public struct Assignment: Hashable, Sendable, Codable {
    public var attempt: AttemptID
    public var sweep: SweepID
    public var goal: AttemptGoal
    /// Indices of the agent's slots it holds, ascending.
    public var slots: [Int]
    public var program: TrialProgram
    public var configuration: Configuration
    public var seed: UInt64
    /// steps.max; without a meaning where ``maxTrainingSeconds`` is given.
    public var maxSteps: Int
    /// Seconds of training after which the trial is complete, where seconds are what the sweep counts.
    public var maxTrainingSeconds: Double?
    public var metricName: String
    /// Which of two checkpoints is the better one.
    public var metricGoal: Metric.Goal
    /// Seconds to the sweep's deadline at the time of the answer.
    public var timeLeftSeconds: Double
    public var graceSeconds: Double
    /// The checkpoint to start from; nil: from the beginning.
    public var resumeFrom: CheckpointInfo?
    /// The attempt runs on other agents too; nil: on this one alone.
    public var gang: GangPlace?
    /// Texts of ``ReportPattern``; nil: `name=value`.
    public var reportPatterns: [String]?
    /// Where its checkpoints go; nil: to the daemon.
    public var checkpointPlace: CheckpointPlace?

    public init(
        attempt: AttemptID, sweep: SweepID, goal: AttemptGoal, slots: [Int], program: TrialProgram,
        configuration: Configuration, seed: UInt64, maxSteps: Int, metricName: String,
        metricGoal: Metric.Goal, timeLeftSeconds: Double, graceSeconds: Double, resumeFrom: CheckpointInfo?,
        maxTrainingSeconds: Double? = nil, checkpointPlace: CheckpointPlace? = nil, gang: GangPlace? = nil,
        reportPatterns: [String]? = nil
    ) {
        self.checkpointPlace = checkpointPlace
        self.attempt = attempt
        self.sweep = sweep
        self.goal = goal
        self.slots = slots
        self.program = program
        self.configuration = configuration
        self.seed = seed
        self.maxSteps = maxSteps
        self.metricName = metricName
        self.metricGoal = metricGoal
        self.timeLeftSeconds = timeLeftSeconds
        self.graceSeconds = graceSeconds
        self.resumeFrom = resumeFrom
        self.maxTrainingSeconds = maxTrainingSeconds
        self.gang = gang
        self.reportPatterns = reportPatterns
    }
}

/// A stored checkpoint: a tar archive of the directory that the trial announced.
public struct CheckpointInfo: Hashable, Sendable, Codable {
    /// SHA-256 of the archive, 64 lower-case hexadecimal digits; also its name in the store.
    public var sha256: String
    /// Bytes of the archive.
    public var size: Int64
    /// Completed steps.
    public var step: Int
    /// The attempt that wrote it.
    public var attempt: AttemptID
    /// The objective as reported with this checkpoint, nil for one written between reports.
    public var objective: MetricValue?
    /// Where it lies; nil: in the daemon's own store.
    public var place: CheckpointPlace?

    public init(
        sha256: String, size: Int64, step: Int, attempt: AttemptID, objective: MetricValue? = nil,
        place: CheckpointPlace? = nil
    ) {
        self.place = place
        self.sha256 = sha256
        self.size = size
        self.step = step
        self.attempt = attempt
        self.objective = objective
    }
}

/// `POST /api/v1/agents/{name}/reports`: reports and ends of attempts, in the order in which they happened per attempt.
/// The whole batch is durable when the answer is 2xx. Sending it again changes nothing.
public struct ReportBatch: Hashable, Sendable, Codable {
    public var session: String
    public var reports: [TrialReport]
    public var ended: [AttemptEnded]

    public init(session: String, reports: [TrialReport], ended: [AttemptEnded]) {
        self.session = session
        self.reports = reports
        self.ended = ended
    }

    public static let maximumReports = 1000
}

/// Metrics of one trial at one step.
public struct TrialReport: Hashable, Sendable, Codable {
    public var attempt: AttemptID
    /// 1, 2, … within the attempt. The pair (attempt, sequence) is the report's identity: a second one is ignored.
    public var sequence: Int64
    /// Completed steps.
    public var step: Int
    public var metrics: [String: MetricValue]
    /// Seconds from the start of the attempt's process to this report, by the agent's monotonic clock.
    public var elapsedSeconds: Double
    /// Seconds from the start of the process to its first training step, where the program says so.
    public var setupSeconds: Double?
    /// True: its program logs metrics one by one, so that a report without the objective only goes beside the next one
    /// that has it. nil: false.
    public var isPartial: Bool?

    public init(
        attempt: AttemptID, sequence: Int64, step: Int, metrics: [String: MetricValue], elapsedSeconds: Double,
        setupSeconds: Double? = nil, isPartial: Bool? = nil
    ) {
        self.attempt = attempt
        self.sequence = sequence
        self.step = step
        self.metrics = metrics
        self.elapsedSeconds = elapsedSeconds
        self.setupSeconds = setupSeconds
        self.isPartial = isPartial
    }

    public static let maximumMetrics = 256
    public static let maximumNameLength = 128
}

/// The process group of an attempt is gone, verified; all its checkpoints that will ever be uploaded are uploaded.
public struct AttemptEnded: Hashable, Sendable, Codable {
    public var attempt: AttemptID
    public var outcome: AttemptOutcome
    public var exitCode: Int?
    public var signal: Int?
    /// One line for people: the last line of standard error, say.
    public var message: String
    /// Seconds the process lived.
    public var elapsedSeconds: Double
    /// Seconds from the request to stop until the last checkpoint was durable, where it was stopped on request.
    public var stopSeconds: Double?

    public init(
        attempt: AttemptID, outcome: AttemptOutcome, exitCode: Int? = nil, signal: Int? = nil, message: String = "",
        elapsedSeconds: Double, stopSeconds: Double? = nil
    ) {
        self.attempt = attempt
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.message = message
        self.elapsedSeconds = elapsedSeconds
        self.stopSeconds = stopSeconds
    }

    /// Exit statuses after which another try of the same configuration would only fail again: a usage error, bad input
    /// data, a missing program (EX_USAGE, EX_DATAERR, EX_UNAVAILABLE of sysexits.h).
    public static let permanentExitCodes = [64, 65, 69]
}

/// The answer to a ``ReportBatch``: how many items were new.
public struct ReportReceipt: Hashable, Sendable, Codable {
    public var accepted: Int
    /// Seen before.
    public var duplicate: Int
    /// Of an attempt that is not the trial's live one: kept, but without effect on the ranking.
    public var stale: Int

    public init(accepted: Int = 0, duplicate: Int = 0, stale: Int = 0) {
        self.accepted = accepted
        self.duplicate = duplicate
        self.stale = stale
    }
}
