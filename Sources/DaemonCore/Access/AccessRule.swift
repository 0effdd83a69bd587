import HTTPTypes
import HyperSchedProtocol

/// Who may call a route.
struct AccessRule: Hashable, Sendable {
    enum Requirement: Hashable, Sendable {
        /// Nobody is asked who they are.
        case open
        /// Any valid token, an agent's too.
        case anyToken
        /// This role or one that includes it.
        case role(AccessRole)
        /// This role, and agents.
        case roleOrAgent(AccessRole)
        /// The agent that the path names, and nobody else.
        case namedAgent
    }

    let requirement: Requirement
    /// A page for people: they are sent to the sign-in page, and refusals are pages.
    var isPage = false
    /// Written into the audit log.
    var isAudited = false

    /// nil: the route was forgotten, and is refused.
    static func of(_ method: HTTPRequest.Method, _ path: String) -> AccessRule? {
        // HEAD is a GET without a body.
        table["\(method == .head ? "GET" : method.rawValue) \(path)"]
    }

    /// Every route of the daemon. A test compares it with those that the router has.
    static let table: [String: AccessRule] = {
        var table: [String: AccessRule] = [:]
        func add(_ requirement: Requirement, isPage: Bool = false, isAudited: Bool = false, _ routes: String...) {
            for route in routes {
                table[route] = AccessRule(requirement: requirement, isPage: isPage, isAudited: isAudited)
            }
        }
        add(
            .open, "GET /healthz", "GET /readyz", "GET /version", "GET /assets/{name}", "GET /api/v1/openapi.yaml",
            "GET /login", "POST /login")
        add(.open, isPage: true, "POST /logout")
        add(.anyToken, "GET /api/v1/session")
        add(
            .role(.read), "GET /metrics", "GET /events", "GET /api/v1/sweeps", "GET /api/v1/sweeps/{id}",
            "GET /api/v1/sweeps/{id}/ranking", "GET /api/v1/sweeps/{id}/attempts", "GET /api/v1/sweeps/{id}/decisions",
            "GET /api/v1/sweeps/{id}/observations", "GET /api/v1/sweeps/{id}/report", "GET /api/v1/forecasts",
            "POST /api/v1/sweeps/explain",
            "GET /api/v1/trials/{id}", "GET /api/v1/trials/{id}/curve", "GET /api/v1/trials/{id}/decisions",
            "GET /api/v1/trials/{id}/logs", "GET /api/v1/trials/{id}/checkpoint", "GET /api/v1/agents",
            "GET /api/v1/agents/{name}")
        add(.roleOrAgent(.read), "GET /api/v1/checkpoints/{sha256}")
        add(
            .role(.submit), isAudited: true, "POST /api/v1/sweeps", "POST /api/v1/sweeps/{id}/cancel",
            "POST /api/v1/sweeps/{id}/extend", "POST /api/v1/sweeps/{id}/adjust",
            "POST /api/v1/sweeps/{id}/pause", "POST /api/v1/sweeps/{id}/resume", "POST /api/v1/sweeps/{id}/retry",
            "POST /api/v1/sweeps/{id}/configurations/close")
        // So many that they would drive out what else the audit log has; each is a trial on record.
        add(.role(.submit), "POST /api/v1/sweeps/{id}/configurations")
        add(
            .role(.admin), isAudited: true, "POST /api/v1/agents/{name}/drain", "POST /api/v1/agents/{name}/undrain",
            "POST /api/v1/agents/{name}/release",
            "POST /api/v1/tokens", "POST /api/v1/tokens/{id}/revoke", "POST /api/v1/tokens/{id}/rotate")
        add(.role(.admin), "GET /api/v1/tokens", "GET /api/v1/audit")
        add(.role(.agentJoin), isAudited: true, "POST /api/v1/agents/{name}/join")
        add(
            .namedAgent, "POST /api/v1/agents/{name}/sync", "POST /api/v1/agents/{name}/reports",
            "PUT /api/v1/agents/{name}/checkpoints", "POST /api/v1/agents/{name}/checkpoints",
            "POST /api/v1/agents/{name}/logs")
        add(.role(.read), isPage: true, "GET /", "GET /sweeps/{id}", "GET /trials/{id}", "GET /agents")
        add(.role(.submit), isPage: true, "GET /submit")
        add(
            .role(.submit), isPage: true, isAudited: true, "POST /submit", "POST /sweeps/{id}/cancel",
            "POST /sweeps/{id}/extend")
        add(
            .role(.admin), isPage: true, isAudited: true, "POST /agents/{name}/drain", "POST /agents/{name}/undrain")
        return table
    }()

    /// nil: the caller may; else why not.
    /// - Parameter agent: the one that the path names.
    func refusal(of caller: Caller, agent: String?) -> String? {
        switch requirement {
        case .open, .anyToken: nil
        case .role(let role): caller.role.includes(role) ? nil : Self.text(caller, needs: "the role \(role.rawValue)")
        case .roleOrAgent(let role):
            caller.role.includes(role) || caller.role == .agent
                ? nil : Self.text(caller, needs: "the role \(role.rawValue)")
        case .namedAgent:
            caller.role == .agent && caller.agent?.rawValue == agent
                ? nil : Self.text(caller, needs: "the credential of the agent '\(agent ?? "")'")
        }
    }

    private static func text(_ caller: Caller, needs what: String) -> String {
        let present = caller.agent.map { "is agent '\($0)'" } ?? "has the role \(caller.role.rawValue)"
        return "'\(caller.name)' \(present); this needs \(what)"
    }
}
