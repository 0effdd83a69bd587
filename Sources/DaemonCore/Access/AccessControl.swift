import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import TrialStore

/// Finds out who sends a request.
struct AccessControl: Sendable {
    /// False: nobody is asked for a token.
    let isRequired: Bool
    let registry: TokenRegistry
    let clock: any DaemonClock
    let sessions = SessionStore()
    let failures = FailedAttempts()

    static let cookieName = "hypersched_session"

    /// nil: the request says nothing of its sender.
    /// - Throws: a ``Problem`` when what it says is wrong.
    func caller(of request: Request, from address: String) async throws(Problem) -> Caller? {
        guard isRequired else { return .anyone }
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else {
                throw .unauthorized("expected `Authorization: Bearer TOKEN`")
            }
            return try await caller(secret: String(parts[1]), from: address)
        }
        guard let cookie = Self.cookie(of: request) else { return nil }
        let now = clock.now()
        guard let token = sessions.token(cookie, at: now), var caller = await registry.caller(id: token, at: now) else {
            return nil
        }
        caller.isByCookie = true
        return caller
    }

    /// The holder of a secret.
    func caller(secret text: String, from address: String) async throws(Problem) -> Caller {
        let now = clock.now()
        if let secret = AccessSecret(text), let caller = await registry.caller(secret, at: now) { return caller }
        if let seconds = failures.note(address, at: now) {
            throw Problem(
                status: 429, code: "too_many_attempts", title: "Too many wrong tokens from this address",
                detail: "Wait \(Int(seconds.rounded(.up))) s. A right token is taken at any time.")
        }
        throw .unauthorized(
            AccessSecret(text) == nil
                ? "this is no token of hyperschedd, or a letter of it is wrong"
                : "the token is unknown, revoked or has expired")
    }

    /// The cookie of a session in a request.
    static func cookie(of request: Request) -> String? {
        for pair in (request.headers[.cookie] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].drop(while: { $0 == " " }) == cookieName { return String(parts[1]) }
        }
        return nil
    }
}

extension Problem {
    static func unauthorized(_ detail: String) -> Problem {
        Problem(status: 401, code: "unauthorized", title: "This needs a token", detail: detail)
    }

    static func forbidden(_ detail: String) -> Problem {
        Problem(status: 403, code: "forbidden", title: "This token may not do that", detail: detail)
    }
}
