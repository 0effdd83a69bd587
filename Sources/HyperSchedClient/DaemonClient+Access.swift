public import HyperSchedProtocol

/// Tokens, who is who, and the audit log.
extension DaemonClient {
    public func session() async throws(ClientError) -> SessionInfo {
        try await send(.get("session"), as: SessionInfo.self)
    }

    public func tokens() async throws(ClientError) -> Page<AccessToken> {
        try await send(.get("tokens"), as: Page<AccessToken>.self)
    }

    /// Never repeated by itself: each call makes one.
    public func createToken(_ asked: AccessTokenRequest) async throws(ClientError) -> IssuedToken {
        var request = WireRequest.post("tokens", isRepeatable: false)
        request.body = .json(asked)
        return try await send(request, as: IssuedToken.self)
    }

    public func revokeToken(_ id: String) async throws(ClientError) -> AccessToken {
        try await send(.post("tokens", id, "revoke", isRepeatable: true), as: AccessToken.self)
    }

    /// - Parameter overlapSeconds: for so long the old one goes on.
    public func rotateToken(_ id: String, overlapSeconds: Double = 0) async throws(ClientError) -> IssuedToken {
        var request = WireRequest.post("tokens", id, "rotate", isRepeatable: false)
        if overlapSeconds > 0 { request.query = [("overlapSeconds", "\(overlapSeconds)")] }
        return try await send(request, as: IssuedToken.self)
    }

    /// A join token, which this client has, for the agent's own credential.
    public func join(agent: AgentID) async throws(ClientError) -> IssuedToken {
        try await send(.post("agents", agent.rawValue, "join", isRepeatable: false), as: IssuedToken.self)
    }

    public func audit(_ page: PageRequest = PageRequest()) async throws(ClientError) -> Page<AuditEntry> {
        try await send(.get("audit", query: page.query), as: Page<AuditEntry>.self)
    }
}
