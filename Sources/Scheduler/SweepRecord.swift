public import HyperSchedProtocol

/// All that the scheduler remembers of one sweep, apart from its trials.
public struct SweepRecord: Hashable, Sendable, Codable {
    public let id: SweepID
    /// As accepted, but for the deadline, which can be moved.
    @SharedValue public internal(set) var spec: SweepSpec
    public let createdAt: Timestamp
    public var state: SweepState = .queued
    public var stateReason: String?
    public var endedAt: Timestamp?
    /// Index of the next trial to be drawn.
    public var nextIndex = 0
    /// Longest time seen from the request to stop to a durable last checkpoint, seconds; 0: none seen.
    public var longestStopSeconds = 0.0
    /// Which forecasts have been written down; nil: none yet.
    public var forecasts: ForecastProgress?
    /// How fast its trials were, noted when it ended; nil: it has not, or nothing was trained.
    public var pace: MeasuredPace?
    /// Slots × milliseconds of all attempts that have ended; nil: none has.
    public var usedSlotMilliseconds: Int64?
    /// While it shares slots with other sweeps: since when it has held some.
    var holdsSince: Timestamp?
    /// While it shares slots with other sweeps: since when it has held none.
    var waitsSince: Timestamp?
    /// Since when slots have been kept for proposals; nil: none is wanted. Only of method `external`, as the next one.
    public var wantedSince: Timestamp?
    /// No more proposals will come.
    public var proposalsClosed: Bool?

    public init(id: SweepID, spec: SweepSpec, createdAt: Timestamp) {
        self.id = id
        self.spec = spec
        self.createdAt = createdAt
    }
}

/// An allocation: slots of one agent held by one attempt. It exists from the decision to start until the agent has said
/// that the process is gone (or is known to be lost); the slots are nobody else's in between.
public struct LeaseRecord: Hashable, Sendable, Codable {
    /// What becomes of the trial when the attempt has ended.
    public enum AfterStop: Hashable, Sendable, Codable {
        /// The policy paused it.
        case pause
        /// The policy dropped it.
        case prune
        /// Start again at once with this many slots.
        case resize(to: Int)
        /// Back to the queue: the agent is draining, say.
        case requeue
        /// Deadline: keep what there is.
        case deadline
        /// The last step was reached, or the target.
        case complete
        /// A limit was broken or the metric never came.
        case fail(TrialState)
        /// The sweep was cancelled.
        case cancel

        /// Said when the sweep ends.
        var endsSweep: Bool { self == .deadline || self == .cancel }

        /// The trial is over, whatever becomes of the sweep.
        var isFinal: Bool {
            switch self {
            case .complete, .fail, .cancel: true
            case .pause, .prune, .resize, .requeue, .deadline: false
            }
        }
    }

    public let attempt: AttemptID
    public let sweep: SweepID
    /// Of a gang the leader.
    public let agent: AgentID
    /// Those on ``agent``; ascending.
    public let slots: [Int]
    /// Of an attempt over several agents, the leader included; nil: there is one agent only.
    public internal(set) var gang: GangLease?
    /// Slots of the same agent kept for the trial's next, larger attempt; ascending, disjoint from `slots`.
    public var reserved: [Int] = []
    public var goal: AttemptGoal = .run
    public var afterStop: AfterStop?
    /// Why, for the trial's `stateReason`.
    public var stopReason: String?
    /// When the goal became `stop`.
    public var stopAt: Timestamp?
    public let startedAt: Timestamp
    /// When the last report came, or the start. Not stored with each report: it follows from the stored reports.
    public var lastReportAt: Timestamp
    public let resumeFrom: CheckpointInfo?
    /// The agent's desired-state version that first had this attempt.
    public let assignedVersion: Int64

    /// Slots that the trial will hold when the attempt has done what it was told; 0: it gives them back.
    var committedSlots: Int {
        if goal == .run { return slotCount }
        if case .resize(let target) = afterStop { return target }
        return 0
    }

    public init(
        attempt: AttemptID, sweep: SweepID, agent: AgentID, slots: [Int], startedAt: Timestamp,
        resumeFrom: CheckpointInfo?, assignedVersion: Int64, gang: GangLease? = nil
    ) {
        self.attempt = attempt
        self.sweep = sweep
        self.agent = agent
        self.slots = slots
        self.startedAt = startedAt
        self.lastReportAt = startedAt
        self.resumeFrom = resumeFrom
        self.assignedVersion = assignedVersion
        self.gang = gang
    }

    /// A report came; none that came before another one makes time go back.
    public mutating func reported(at instant: Timestamp) { lastReportAt = max(lastReportAt, instant) }
}

/// All that the scheduler remembers of one agent.
public struct AgentRecord: Hashable, Sendable, Codable {
    public let id: AgentID
    public var session: String
    public var slots: [Slot]
    public var labels: [String: String]
    public var version: String
    public var draining = false
    public var lost = false
    public var lastSync: Timestamp
    /// Grows with each change of what the agent should do.
    public var desiredVersion: Int64 = 1
    /// Sessions of earlier processes under this name, newest last, at most 8: they are told to stop.
    public var retiredSessions: [String] = []
    /// When it will be gone, as it said itself; nil: not known.
    public var endsAt: Timestamp?
    /// It can run members of gangs; nil: it can not.
    public var runsGangs: Bool?
    /// Where other agents reach it; nil: not known.
    public var address: String?

    public init(
        id: AgentID, session: String, slots: [Slot], labels: [String: String], version: String, lastSync: Timestamp
    ) {
        self.id = id
        self.session = session
        self.slots = slots
        self.labels = labels
        self.version = version
        self.lastSync = lastSync
    }
}
