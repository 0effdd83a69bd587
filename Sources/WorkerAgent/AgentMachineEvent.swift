public import HyperSchedProtocol

/// What has happened, as the shell tells the ``AgentMachine``.
public enum AgentEvent: Hashable, Sendable {
    /// A sync was answered. `sentAt`: when it was sent, seconds on the agent's clock; the lease counts from there.
    case synced(DesiredState, sentAt: Double)
    /// Time has passed.
    case tick
    /// Found on disk after a restart; see ``RecoveredAttempt``.
    case recovered(RecoveredAttempt)
    /// The directory is ready and the resume checkpoint unpacked.
    case prepared(AttemptID)
    /// The attempt can not be prepared, ever: the resume checkpoint is damaged, say.
    case preparationFailed(AttemptID, String)
    /// The program says that this directory is complete.
    case checkpointAnnounced(AttemptID, CheckpointAnnouncement)
    /// The upload of the checkpoint with this name is over.
    case uploadEnded(AttemptID, name: String, UploadResult)
    /// The keeper has verified that no process is left, and the output was read to its end.
    case processEnded(AttemptID, ProcessEnd)
    /// The attempt broke a limit that the agent sees to: it is stopped.
    case limitBroken(AttemptID, BrokenLimit)
    /// Quarantined slots were looked at again: what is there, by slot; nil: it is clean.
    case slotsChecked([Int: String?])
    /// The daemon has the end, and all reports before it, on disk.
    case endAcknowledged(AttemptID)
    /// End all trials and then the agent, with checkpoints.
    case drain
    /// End everything at once.
    case abort
}

/// How an upload ended. An unreachable daemon is no end: the shell tries again.
public enum UploadResult: Hashable, Sendable {
    /// Durable at the daemon.
    case stored
    /// The attempt is no longer the trial's live one.
    case stale
    /// It can not be uploaded: no such directory, not a plain name, refused by the daemon.
    case impossible(String)
}

/// An attempt of the agent's previous process.
public struct RecoveredAttempt: Hashable, Sendable {
    public var assignment: Assignment
    /// The end, where it had been reported without an answer. nil: the keeper, having lost the agent, is ending the
    /// program, or has; `processEnded` will follow.
    public var reported: AttemptEnded?
    /// Announced before, oldest first.
    public var announced: [CheckpointAnnouncement]
    /// Names whose upload was over.
    public var settled: Set<String>

    public init(
        assignment: Assignment, reported: AttemptEnded? = nil, announced: [CheckpointAnnouncement] = [],
        settled: Set<String> = []
    ) {
        self.assignment = assignment
        self.reported = reported
        self.announced = announced
        self.settled = settled
    }
}
