import HyperSchedProtocol
import Synchronization

/// Browsers that have signed in. In memory: after a restart of the daemon people sign in again.
final class SessionStore: Sendable {
    /// Seconds that a session lasts.
    static let life = 43_200.0
    private static let largestCount = 1000

    private struct Session {
        let token: String
        let endsAt: Timestamp
    }

    /// By the SHA-256 of the cookie.
    private let sessions = Mutex<[String: Session]>([:])

    /// The new session's cookie.
    func open(token: String, at now: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        let cookie = AccessSecret.hex((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        sessions.withLock { sessions in
            sessions = sessions.filter { now < $0.value.endsAt }
            if sessions.count >= Self.largestCount,
                let first = sessions.min(by: { ($0.value.endsAt, $0.key) < ($1.value.endsAt, $1.key) })
            {
                sessions[first.key] = nil
            }
            let endsAt = now.advanced(bySeconds: Self.life)
            sessions[SHA256.hex(of: cookie.utf8)] = Session(token: token, endsAt: endsAt)
        }
        return cookie
    }

    /// The id of the token that the session was opened with.
    func token(_ cookie: String, at now: Timestamp) -> String? {
        guard cookie.utf8.count == 64 else { return nil }
        let hash = SHA256.hex(of: cookie.utf8)
        return sessions.withLock { sessions in
            guard let session = sessions[hash], now < session.endsAt else { return nil }
            return session.token
        }
    }

    func close(_ cookie: String) {
        let hash = SHA256.hex(of: cookie.utf8)
        sessions.withLock { $0[hash] = nil }
    }
}
