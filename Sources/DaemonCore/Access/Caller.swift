import HyperSchedProtocol

/// Who has sent a request.
struct Caller: Hashable, Sendable {
    let name: String
    let role: AccessRole
    /// nil: nobody was asked for a token.
    let token: String?
    /// The one agent that the caller is.
    let agent: AgentID?
    /// A browser's cookie has said so, which browsers also send when another site's page makes them.
    var isByCookie = false

    /// Where nobody is asked for a token, everybody may do everything.
    static let anyone = Caller(name: "anyone", role: .admin, token: nil, agent: nil)

    init(name: String, role: AccessRole, token: String?, agent: AgentID?) {
        self.name = name
        self.role = role
        self.token = token
        self.agent = agent
    }

    init(_ token: AccessToken) {
        self.init(name: token.name, role: token.role, token: token.id, agent: token.agent)
    }
}
