public import HyperSchedProtocol

/// What the shell has to do next, in this order.
public enum AgentDirective: Hashable, Sendable {
    /// Make the attempt's directory and fetch its resume checkpoint → `prepared` or `preparationFailed`.
    case prepare(Assignment)
    /// The preparation is not needed any more.
    case cancelPreparation(AttemptID)
    /// Start the program → `processEnded` in the end, also where it can not be started.
    case start(Assignment)
    /// SIGTERM, and after the grace SIGKILL.
    case stop(AttemptID, graceSeconds: Double)
    /// SIGKILL.
    case kill(AttemptID)
    /// → `uploadEnded`
    case upload(AttemptID, CheckpointAnnouncement)
    /// No result is expected.
    case cancelUpload(AttemptID)
    /// Delete the directory of this checkpoint.
    case prune(AttemptID, name: String)
    /// Tell the daemon, after all reports of the attempt → `endAcknowledged`.
    case report(AttemptEnded)
    /// Forget the attempt: delete what is left of it, its unsent reports included.
    case discard(AttemptID)
    /// Look at quarantined slots again → `slotsChecked`
    case check([QuarantineEntry])
    /// A drained agent has nothing left: end it.
    case exit
}
