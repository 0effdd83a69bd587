public import HyperSchedProtocol

/// Agents as operators see them, and the daemon itself.
extension DaemonClient {
    public func agents() async throws(ClientError) -> Page<AgentSummary> {
        try await send(.get("agents"), as: Page<AgentSummary>.self)
    }

    public func agent(_ id: AgentID) async throws(ClientError) -> AgentSummary {
        try await send(.get("agents", id.rawValue), as: AgentSummary.self)
    }

    /// Nothing more is started on the agent; what runs there is moved away.
    public func drain(_ id: AgentID) async throws(ClientError) -> AgentSummary {
        try await send(.post("agents", id.rawValue, "drain", isRepeatable: true), as: AgentSummary.self)
    }

    public func undrain(_ id: AgentID) async throws(ClientError) -> AgentSummary {
        try await send(.post("agents", id.rawValue, "undrain", isRepeatable: true), as: AgentSummary.self)
    }

    /// Slots that are not clean are used all the same, and sweeps try the agent again.
    public func release(_ id: AgentID) async throws(ClientError) -> AgentSummary {
        try await send(.post("agents", id.rawValue, "release", isRepeatable: true), as: AgentSummary.self)
    }

    public func version() async throws(ClientError) -> VersionInfo {
        try await send(root("version"), as: VersionInfo.self)
    }

    /// Returns when the daemon can take requests.
    public func ready() async throws(ClientError) {
        _ = try await send(root("readyz"))
    }

    /// Returns when the daemon is alive.
    public func healthy() async throws(ClientError) {
        _ = try await send(root("healthz"))
    }

    private func root(_ path: String) -> WireRequest {
        var request = WireRequest.get(path)
        request.isUnderAPI = false
        return request
    }
}
