import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import TrialStore

/// `/api/v1/session`, `/tokens`, `/audit`, and how an agent joins.
struct AccessController: Sendable {
    let control: AccessControl
    let loop: ControlLoop
    let store: TrialStoreDatabase

    private var registry: TokenRegistry { control.registry }

    func addRoutes(to group: RouterGroup<DaemonContext>) {
        group.get("session", use: session)
        group.get("tokens", use: list)
        group.post("tokens", use: create)
        group.post("tokens/:id/revoke", use: revoke)
        group.post("tokens/:id/rotate", use: rotate)
        group.post("agents/:name/join", use: join)
        group.get("audit", use: audit)
    }

    @Sendable
    private func session(_ request: Request, _ context: DaemonContext) async throws -> Response {
        let caller = context.caller
        return Response(
            json: SessionInfo(authentication: control.isRequired, name: caller.name, role: caller.role))
    }

    @Sendable
    private func list(_ request: Request, _ context: DaemonContext) async throws -> Response {
        Response(json: Page(items: try await registry.all()))
    }

    @Sendable
    private func create(_ request: Request, _ context: DaemonContext) async throws -> Response {
        try refuseWithoutAuthentication()
        let asked = try await request.message(AccessTokenRequest.self)
        try Self.check(asked)
        let now = control.clock.now()
        let issued = try await registry.issue(
            name: asked.name, role: asked.role, by: context.caller.name,
            expiresAt: asked.expiresInSeconds.map { now.advanced(bySeconds: $0) }, at: now)
        return Self.answer(issued)
    }

    @Sendable
    private func revoke(_ request: Request, _ context: DaemonContext) async throws -> Response {
        try refuseWithoutAuthentication()
        let id = try await known(context).id
        _ = try await registry.revoke(id, at: control.clock.now())
        return Response(json: try await registry.token(id))
    }

    /// A new secret under the same name, role and remaining life. The old one goes on for `?overlapSeconds=`.
    @Sendable
    private func rotate(_ request: Request, _ context: DaemonContext) async throws -> Response {
        try refuseWithoutAuthentication()
        let old = try await known(context)
        let overlap = try request.query("overlapSeconds", as: Double.self) ?? 0
        guard (0...AccessToken.longestLife).contains(overlap) else {
            throw Problem.badRequest("overlapSeconds: 0 to \(AccessToken.longestLife)")
        }
        let now = control.clock.now()
        guard old.isValid(at: now), old.role != .agent else {
            throw Problem(
                status: 409, code: "not_rotatable", title: "This token can not be rotated",
                detail: old.role == .agent
                    ? "revoke it; the agent gets a new one for its join token"
                    : "it is not valid any more: make a new one")
        }
        let issued = try await registry.issue(
            name: old.name, role: old.role, by: context.caller.name, expiresAt: old.expiresAt,
            replacing: [TokenReplacement(id: old.id, until: overlap > 0 ? now.advanced(bySeconds: overlap) : nil)],
            at: now)
        return Self.answer(issued)
    }

    /// A join token for a credential that is the agent's own. A name that a live agent has is not given away.
    @Sendable
    private func join(_ request: Request, _ context: DaemonContext) async throws -> Response {
        try refuseWithoutAuthentication()
        let agent = try context.agentID()
        let now = control.clock.now()
        let held = try await registry.all().filter { $0.agent == agent && $0.isValid(at: now) }
        if !held.isEmpty, let present = await loop.agent(agent), present.state != .lost {
            throw Problem(
                status: 409, code: "agent_present", title: "There is an agent '\(agent)', and it has a credential",
                detail: "Give this agent another name, wait until that one is lost, or revoke token \(held[0].id).")
        }
        let issued = try await registry.issue(
            name: agent.rawValue, role: .agent, agent: agent, by: context.caller.name, expiresAt: nil,
            replacing: held.map { TokenReplacement(id: $0.id) }, at: now)
        return Self.answer(issued)
    }

    @Sendable
    private func audit(_ request: Request, _ context: DaemonContext) async throws -> Response {
        let query = try request.pageQuery()
        return Response(json: try await store.audit(limit: query.limit, cursor: query.cursor))
    }

    // MARK: Rules

    private func known(_ context: DaemonContext) async throws -> AccessToken {
        let id = context.parameters.get("id") ?? ""
        guard let token = try await registry.token(id) else { throw Problem.notFound("token", String(id.prefix(80))) }
        return token
    }

    /// Else whoever happens to reach the daemon today could make a token for the day on which it asks for one.
    private func refuseWithoutAuthentication() throws(Problem) {
        guard !control.isRequired else { return }
        throw Problem(
            status: 409, code: "authentication_off", title: "This daemon asks nobody for a token",
            detail: "Set `authentication: required`, or use `hyperschedd token` on its data directory.")
    }

    static func check(_ asked: AccessTokenRequest) throws(Problem) {
        var errors: [Problem.FieldError] = []
        if !AccessToken.isName(asked.name) {
            errors.append(.init(field: "name", message: "not 1 to 64 visible ASCII characters", fix: "alice, for one"))
        }
        if !AccessRole.grantable.contains(asked.role) {
            let roles = AccessRole.grantable.map(\.rawValue).joined(separator: ", ")
            errors.append(.init(field: "role", message: "'\(asked.role.rawValue)' is not given by hand", fix: roles))
        }
        if let seconds = asked.expiresInSeconds, !(1...AccessToken.longestLife).contains(seconds) {
            errors.append(
                .init(field: "expiresInSeconds", message: "not from 1 s to ten years", fix: "86400 is a day"))
        }
        if !errors.isEmpty { throw .invalid(errors) }
    }

    private static func answer(_ issued: IssuedToken) -> Response {
        var response = Response(json: issued, status: .created)
        response.headers[.cacheControl] = "no-store"
        response.headers[.location] = "/api/v1/tokens/\(issued.token.id)"
        return response
    }
}
