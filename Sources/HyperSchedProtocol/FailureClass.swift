/// What kind of failure ended an attempt; decides whether it is tried again, and where.
public enum FailureClass: String, Hashable, Sendable, Codable, CaseIterable {
    /// Memory of the machine or of a GPU ran out.
    case oom
    /// A signal that nobody here sent: a segmentation fault, say.
    case signal
    /// A module or library that the program needs is not there.
    case missingModule = "missing_module"
    /// The program itself could not be started.
    case start
    /// It ended without ever reporting the objective.
    case noMetric = "no_metric"
    /// `limits.no_report`: silent for too long.
    case noReport = "no_report"
    /// `limits.trial_wall`: ran for too long.
    case timeout
    /// `limits.disk`, or the disk is full.
    case disk
    /// Exit status 64, 65 or 69, or a complaint about the command line.
    case usage
    /// Interrupted again and again without getting any further.
    case noProgress = "no_progress"
    /// The agent vanished. No failure of the trial: it does not count.
    case lostNode = "lost_node"
    /// Anything else.
    case other

    /// Tried again where `retry.on` says nothing.
    public static let triedAgain: [FailureClass] = [.oom, .signal, .noReport, .noProgress, .other]

    /// Another try on the same agent would only fail again; another agent may have what is missing.
    public var dependsOnAgent: Bool { self == .missingModule || self == .start }

    /// What `retry.on` may list.
    public static let retryable: [FailureClass] = [.oom, .signal, .start, .noReport, .disk, .noProgress, .other]
}

/// How one attempt of a trial failed.
public struct AttemptFailure: Hashable, Sendable, Codable {
    /// Number of the attempt.
    public var attempt: Int
    public var agent: AgentID
    public var kind: FailureClass
    /// One sentence for people.
    public var explanation: String
    /// The last lines of its output that are no reports, oldest first.
    public var lastLines: [String]

    public init(attempt: Int, agent: AgentID, kind: FailureClass, explanation: String, lastLines: [String] = []) {
        self.attempt = attempt
        self.agent = agent
        self.kind = kind
        self.explanation = explanation
        self.lastLines = lastLines
    }

    /// Lines of output that are kept.
    public static let maximumLines = 8
    /// Bytes of a line that are kept.
    public static let maximumLineLength = 300
    /// Failures that are kept of one trial: the latest ones.
    public static let maximumKept = 8
}
