/// Why a sweep starts nothing at present.
public struct SweepPause: Hashable, Sendable, Codable {
    public enum Origin: String, Hashable, Sendable, Codable, CaseIterable {
        /// Somebody asked for it: what ran was stopped with a checkpoint.
        case user
        /// Trials failed at their start on every agent.
        case breaker
    }

    public var by: Origin
    /// One sentence for people.
    public var reason: String
    public var since: Timestamp

    public init(by origin: Origin, reason: String, since: Timestamp) {
        by = origin
        self.reason = reason
        self.since = since
    }
}

/// What a sweep remembers of an agent on which its trials fail at their start.
public struct AgentBreaker: Hashable, Sendable, Codable {
    public var agent: AgentID
    /// Attempts in a row that failed there before their first report.
    public var failures: Int
    /// The last one's.
    public var kind: FailureClass
    public var explanation: String
    /// The sweep starts nothing there before this instant, and then one trial to see; nil: it still does.
    public var closedUntil: Timestamp?
    /// How often it was closed in a row.
    public var rounds: Int

    public init(
        agent: AgentID, failures: Int, kind: FailureClass, explanation: String, closedUntil: Timestamp? = nil,
        rounds: Int = 0
    ) {
        self.agent = agent
        self.failures = failures
        self.kind = kind
        self.explanation = explanation
        self.closedUntil = closedUntil
        self.rounds = rounds
    }
}

/// `POST /api/v1/sweeps/{id}/retry`: which trials that have ended run again.
public struct SweepRetry: Hashable, Sendable, Codable {
    /// Of these states: `failed`, `no_metric`, `diverged`.
    public var states: [TrialState]

    public init(states: [TrialState] = [.failed]) { self.states = states }

    public static let allowed: [TrialState] = [.failed, .noMetric, .diverged]
}
