import Dashboard
import Foundation
import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import Scheduler

/// Lets a request in when its sender may make it, and writes down what changes something.
struct AccessGate: RouterMiddleware {
    let control: AccessControl
    let audit: AuditLog

    func handle(
        _ request: Request, context: DaemonContext, next: (Request, DaemonContext) async throws -> Response
    ) async throws -> Response {
        // No endpoint: there is no such route, which the router says itself.
        guard let path = context.endpointPath else { return try await next(request, context) }
        guard let rule = AccessRule.of(request.method, path) else {
            throw Problem(
                status: 500, code: "internal", title: "Nobody has said who may call \(request.method) \(path)")
        }
        if rule.requirement == .open { return try await next(request, context) }
        var context = context
        do throws(Problem) {
            guard let caller = try await control.caller(of: request, from: context.address) else {
                if rule.isPage { return Self.signIn(request) }
                throw .unauthorized("send `Authorization: Bearer TOKEN`; `hypersched` takes it from --token-file")
            }
            context.caller = caller
            try Self.check(rule, request, context)
        } catch {
            if rule.isAudited, error.status == 403 { await record(request, context, status: error.status, nil) }
            guard rule.isPage else { throw error }
            return .page(ProblemPage(error).html(for: context.viewer), status: error.status)
        }
        return try await admit(request, context, rule, next)
    }

    private func admit(
        _ request: Request, _ context: DaemonContext, _ rule: AccessRule,
        _ next: (Request, DaemonContext) async throws -> Response
    ) async throws -> Response {
        guard rule.isAudited else { return try await next(request, context) }
        do {
            let response = try await next(request, context)
            await record(request, context, status: response.status.code, response.headers[.location])
            return response
        } catch {
            let status = ProblemMiddleware<DaemonContext>.problem(of: error, request).status
            await record(request, context, status: status, nil)
            throw error
        }
    }

    private static func check(
        _ rule: AccessRule, _ request: Request, _ context: DaemonContext
    ) throws(Problem) {
        // Browsers send cookies by themselves; only a page of our own may use them to change something.
        if context.caller.isByCookie, request.changesSomething, !request.isSaidToBeSameOrigin {
            throw .crossSite
        }
        if context.caller == .anyone { return }
        if let refusal = rule.refusal(of: context.caller, agent: context.parameters.get("name")) {
            throw .forbidden(refusal)
        }
    }

    private static func signIn(_ request: Request) -> Response {
        let next = request.changesSomething ? "/" : request.uri.path
        let query = next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return Response(status: .seeOther, headers: [.location: "/login?next=\(query)"])
    }

    private func record(_ request: Request, _ context: DaemonContext, status: Int, _ result: String?) async {
        let caller = context.caller
        await audit.record(
            AuditEntry(
                at: control.clock.now(), actor: caller.name, token: caller.token, role: caller.role,
                address: context.address, action: "\(request.method.rawValue) \(request.uri.path.prefix(256))",
                result: result.map { String($0.prefix(256)) }, status: status))
    }
}

extension Request {
    var changesSomething: Bool { method != .get && method != .head }
}
