import Dashboard
import HTTPTypes
import Hummingbird
import HyperSchedProtocol

/// `/login` and `/logout`: a token for a cookie, because a browser keeps no `Authorization` header.
struct SignInController: Sendable {
    let control: AccessControl
    /// The daemon itself speaks TLS.
    let isSecure: Bool

    func addRoutes(to router: Router<DaemonContext>) {
        router.get("login", use: show)
        router.post("login", use: signIn)
        router.post("logout", use: signOut)
    }

    @Sendable
    private func show(_ request: Request, _ context: DaemonContext) async throws -> Response {
        let next = Self.local(try request.query("next", as: String.self))
        return .page(SignInPage(next: next, problem: nil).html(for: .guest))
    }

    private struct Form: Decodable {
        let token: String
        let next: String?
    }

    @Sendable
    private func signIn(_ request: Request, _ context: DaemonContext) async throws -> Response {
        let text = try await request.text(limit: 4096)
        guard let form = try? URLEncodedFormDecoder().decode(Form.self, from: text) else {
            throw Problem.badRequest("the form can not be read")
        }
        let next = Self.local(form.next)
        do throws(Problem) {
            let secret = form.token.filter { !$0.isWhitespace }
            let caller = try await control.caller(secret: secret, from: context.address)
            guard caller.role.includes(.read), let token = caller.token else {
                throw .forbidden("tokens of agents do not open these pages")
            }
            let cookie = control.sessions.open(token: token, at: control.clock.now())
            var response = Response(status: .seeOther, headers: [.location: next])
            response.headers[.setCookie] = attributes(cookie, Int(SessionStore.life), request)
            return response
        } catch {
            var response = Response.page(
                SignInPage(next: next, problem: "\(error.title): \(error.detail)").html(for: .guest),
                status: error.status)
            response.addHints(error)
            return response
        }
    }

    @Sendable
    private func signOut(_ request: Request, _ context: DaemonContext) async throws -> Response {
        if let cookie = AccessControl.cookie(of: request) { control.sessions.close(cookie) }
        var response = Response(status: .seeOther, headers: [.location: "/login"])
        response.headers[.setCookie] = attributes("", 0, request)
        return response
    }

    /// No script can read it, no other site's page makes a browser send it.
    private func attributes(_ value: String, _ seconds: Int, _ request: Request) -> String {
        let isSecure = isSecure || request.headers[.xForwardedProto] == "https"
        return "\(AccessControl.cookieName)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "")
    }

    /// A path of this daemon; anything else would let a link send people elsewhere after they have signed in.
    static func local(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), path.utf8.count <= 1024,
            path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return path
    }
}

extension HTTPField.Name {
    static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
}
