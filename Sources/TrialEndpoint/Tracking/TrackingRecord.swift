public import HyperSchedProtocol

/// One value of a metric, as an MLflow client logs it.
public struct TrackedPoint: Hashable, Sendable, Codable {
    public var key: String
    public var value: MetricValue
    /// Milliseconds since 1970, by the client's clock.
    public var timestamp: Int64
    /// The client's own step; 0 where it named none.
    public var step: Int64

    public init(key: String, value: MetricValue, timestamp: Int64, step: Int64) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.step = step
    }
}

/// A parameter or a tag.
public struct TrackedText: Hashable, Sendable, Codable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// One change of a run, as the agent's journal keeps it: what one request did, whole or not at all.
public struct TrackingRecord: Hashable, Sendable, Codable {
    /// Id of the run.
    public var run: String
    /// When the run was made, milliseconds since 1970; nil: it is there already.
    public var created: Int64?
    public var name: String?
    /// MLflow's word: RUNNING, FINISHED, …
    public var status: String?
    /// Milliseconds since 1970.
    public var ended: Int64?
    public var points: [TrackedPoint]?
    public var parameters: [TrackedText]?
    public var tags: [TrackedText]?
    public var removedTag: String?
    /// True: deleted; false: restored.
    public var deleted: Bool?

    public init(run: String) { self.run = run }
}
