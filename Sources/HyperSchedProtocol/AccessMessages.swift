/// What is known of a token; the secret is not.
public struct AccessToken: Hashable, Sendable, Codable {
    /// The 12 digits after `hst_`.
    public var id: String
    /// Of the person, program or agent that holds it.
    public var name: String
    public var role: AccessRole
    /// The one agent that an `agent` token is for.
    public var agent: AgentID?
    public var createdAt: Timestamp
    /// The name of the token that made it; `offline` for `hyperschedd token`.
    public var createdBy: String
    /// nil: never.
    public var expiresAt: Timestamp?
    public var revokedAt: Timestamp?
    /// Written down once a minute at most.
    public var lastUsedAt: Timestamp?

    public init(
        id: String, name: String, role: AccessRole, agent: AgentID? = nil, createdAt: Timestamp, createdBy: String,
        expiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.agent = agent
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
    }

    /// Bytes that a name may have.
    public static let longestName = 64
    /// The longest life that can be asked for, seconds: ten years.
    public static let longestLife = 3.2e8

    /// A name is shown in pages, logs and tables: 1 to 64 visible ASCII characters.
    public static func isName(_ text: String) -> Bool {
        (1...longestName).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// True when it opens something at this instant.
    public func isValid(at now: Timestamp) -> Bool {
        revokedAt == nil && (expiresAt.map { now < $0 } ?? true)
    }
}

/// `POST /tokens`
public struct AccessTokenRequest: Hashable, Sendable, Codable {
    public var name: String
    public var role: AccessRole
    /// nil: it stays valid until it is revoked.
    public var expiresInSeconds: Double?

    public init(name: String, role: AccessRole, expiresInSeconds: Double? = nil) {
        self.name = name
        self.role = role
        self.expiresInSeconds = expiresInSeconds
    }
}

/// A new token with its secret, which can not be asked for again.
public struct IssuedToken: Hashable, Sendable, Codable {
    public var secret: String
    public var token: AccessToken

    public init(secret: String, token: AccessToken) {
        self.secret = secret
        self.token = token
    }
}

/// `GET /session`: who the daemon takes the caller for.
public struct SessionInfo: Hashable, Sendable, Codable {
    /// False: the daemon asks nobody for a token.
    public var authentication: Bool
    public var name: String
    public var role: AccessRole

    public init(authentication: Bool, name: String, role: AccessRole) {
        self.authentication = authentication
        self.name = name
        self.role = role
    }
}

/// Something that a person or program changed, or tried to.
public struct AuditEntry: Hashable, Sendable, Codable {
    /// Grows with each entry.
    public var number: Int64
    public var at: Timestamp
    /// The name of the token; `anyone` where the daemon asks for none.
    public var actor: String
    /// The token's id.
    public var token: String?
    public var role: AccessRole
    /// Where the request came from.
    public var address: String
    /// `POST /api/v1/sweeps/7/cancel`
    public var action: String
    /// What was made or touched, where the action does not say: `/api/v1/sweeps/8`.
    public var result: String?
    /// The HTTP status of the answer.
    public var status: Int

    public init(
        number: Int64 = 0, at: Timestamp, actor: String, token: String?, role: AccessRole, address: String,
        action: String, result: String?, status: Int
    ) {
        self.number = number
        self.at = at
        self.actor = actor
        self.token = token
        self.role = role
        self.address = address
        self.action = action
        self.result = result
        self.status = status
    }
}
