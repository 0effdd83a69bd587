/// The life of a sweep.
public enum SweepState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Accepted; no trial has been started. → running, deadlineReached, cancelled, failed
    case queued
    /// → finished, deadlineReached, cancelled, failed
    case running
    /// Every trial has ended or the target was reached. → running, when the deadline is moved
    case finished
    /// The deadline came. → running, when it is moved
    case deadlineReached = "deadline_reached"
    /// By the user. Terminal.
    case cancelled
    /// Nothing could be learnt: all trials fail the same way, say. Terminal.
    case failed

    public var isTerminal: Bool {
        switch self {
        case .queued, .running: false
        case .finished, .deadlineReached, .cancelled, .failed: true
        }
    }
}

/// The life of a trial.
public enum TrialState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Created, or to be run again after an interrupted or failed attempt; holds no slot. → running, cancelled, failed,
    /// pruned
    case waiting
    /// An attempt holds slots. → waiting, paused, completed, pruned, failed, diverged, noMetric, cancelled
    case running
    /// Gave its slots back and can go on from its checkpoint. → running, pruned, cancelled, and waiting when the
    /// deadline had stopped it and is moved
    case paused
    /// Reached the last step, or its program ended by itself with success. Terminal.
    case completed
    /// Dropped by the policy. Terminal.
    case pruned
    /// Its program failed more often than it may be retried, or broke a limit. Terminal.
    case failed
    /// Its objective became NaN or infinite. Terminal.
    case diverged
    /// Its program ended, or went on and on, without ever reporting the objective. Terminal.
    case noMetric = "no_metric"
    /// The sweep was cancelled. Terminal.
    case cancelled

    public var isTerminal: Bool {
        switch self {
        case .waiting, .running, .paused: false
        case .completed, .pruned, .failed, .diverged, .noMetric, .cancelled: true
        }
    }
}

/// How an attempt ended, as the agent saw it.
public enum AttemptOutcome: String, Hashable, Sendable, Codable, CaseIterable {
    /// Exit status 0.
    case exited
    /// Exit status 75 or 130, or it was told to stop and did: run it again from its checkpoint.
    case interrupted
    /// Any other exit status, a signal that was not ours, or it could not be started.
    case failed
    /// It had to be killed after the grace period.
    case killed
    /// The agent vanished, or came back without the attempt.
    case lost
}

/// What the daemon wants of an attempt.
public enum AttemptGoal: String, Hashable, Sendable, Codable, CaseIterable {
    /// Start it if it does not run; keep it running.
    case run
    /// Let it write a checkpoint, upload it, then end it (SIGTERM, grace, SIGKILL).
    case stop
    /// End it at once (SIGKILL); no checkpoint is expected.
    case kill
}
