public import HyperSchedProtocol

/// What the agent holds of one attempt.
public struct AttemptState: Hashable, Sendable {
    /// How far it has come.
    public enum Phase: Hashable, Sendable {
        /// Given by the daemon; a slot of it is not clean yet. → preparing, ended
        case waiting
        /// Its directory is made and its resume checkpoint fetched. → running, ended, finishing
        case preparing
        /// Its keeper was told to start the program. → stopping, killing, finishing
        case running
        /// The program was asked to end and has its grace. → killing, finishing
        case stopping
        /// The program is being killed. → finishing, ended
        case killing
        /// No process of it is left, its slots are clean; checkpoints are still uploaded. → ended
        case finishing
        /// The daemon is being told. Then it is forgotten.
        case ended(AttemptEnded)
    }

    public let assignment: Assignment
    public internal(set) var phase: Phase
    public internal(set) var checkpoints: CheckpointQueue
    /// When its sweep's deadline comes, seconds on the agent's clock.
    public internal(set) var deadline: Double
    /// When it was asked to stop, seconds on the agent's clock.
    public internal(set) var stopAskedAt: Double?
    /// When its program announced the newest checkpoint, seconds on the agent's clock.
    public internal(set) var checkpointAt: Double?
    /// Why, where the daemon did not ask for it.
    public internal(set) var stopReason: String?
    /// The daemon said `kill`, or dropped it: no upload, at once.
    public internal(set) var isKill = false
    /// The daemon does not know it any more: nothing of it is reported once its process is gone.
    public internal(set) var isForgotten = false
    /// How the process ended, from `finishing` on.
    public internal(set) var processEnd: ProcessEnd?

    init(_ assignment: Assignment, phase: Phase, deadline: Double = .infinity) {
        self.assignment = assignment
        self.deadline = deadline
        self.phase = phase
        checkpoints = CheckpointQueue(goal: assignment.metricGoal)
    }

    /// True while a process of it may exist.
    public var holdsSlots: Bool {
        switch phase {
        case .running, .stopping, .killing: true
        case .waiting, .preparing, .finishing, .ended: false
        }
    }

    /// True where the slots are taken: also while the start is being prepared.
    var claimsSlots: Bool { holdsSlots || phase == .preparing }
}

/// How the process of an attempt ended, as its keeper saw it; no process of it is left.
public struct ProcessEnd: Hashable, Sendable, Codable {
    public var exitCode: Int?
    public var signal: Int?
    /// Seconds the program lived.
    public var elapsedSeconds: Double
    /// It was asked to end while it ran.
    public var wasAskedToStop: Bool
    /// It had to be killed.
    public var wasKilled: Bool
    /// The last line of its output that is no report.
    public var lastLine: String
    /// Why it could not be started; it never ran.
    public var startFailure: String?
    /// Its keeper vanished, so nobody knows how it ended.
    public var keeperVanished: Bool
    /// Files in the checkpoint directory that no announcement covers.
    public var leftover: CheckpointAnnouncement?

    public init(
        exitCode: Int? = nil, signal: Int? = nil, elapsedSeconds: Double = 0, wasAskedToStop: Bool = false,
        wasKilled: Bool = false, lastLine: String = "", startFailure: String? = nil, keeperVanished: Bool = false,
        leftover: CheckpointAnnouncement? = nil
    ) {
        self.exitCode = exitCode
        self.signal = signal
        self.elapsedSeconds = elapsedSeconds
        self.wasAskedToStop = wasAskedToStop
        self.wasKilled = wasKilled
        self.lastLine = lastLine
        self.startFailure = startFailure
        self.keeperVanished = keeperVanished
        self.leftover = leftover
    }
}
