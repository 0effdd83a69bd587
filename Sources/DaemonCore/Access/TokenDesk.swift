public import HyperSchedProtocol
import SweepFile
import TrialStore

/// Makes and revokes tokens on a data directory, whether its daemon runs or not: a running one notices within a second.
/// Whoever can write the data directory is an administrator anyway.
public struct TokenDesk: Sendable {
    private let store: TrialStoreDatabase
    /// Held where no daemon runs, so that none begins in the middle.
    private let lock: DirectoryLock?
    private let clock: any DaemonClock

    /// Opens the data directory, makes it when it is missing.
    public init(dataDirectory: String) async throws(StartError) {
        do throws(StoreError) {
            let path = dataDirectory + "/hyperschedd.sqlite"
            lock = try Self.lock(dataDirectory)
            store = lock == nil ? try TrialStoreDatabase(besideDaemon: path) : try TrialStoreDatabase(path: path)
            clock = AnchoredClock(notBefore: try await store.latestInstant())
        } catch {
            throw StartError(error.description)
        }
    }

    /// nil: a daemon has the directory.
    private static func lock(_ directory: String) throws(StoreError) -> DirectoryLock? {
        do { return try DirectoryLock(directory: directory) } catch {
            guard case .inUse = error else { throw error }
            return nil
        }
    }

    /// - Parameter expiresIn: `90d`, `12h`; nil: never.
    public func create(name: String, role: AccessRole, expiresIn: String?) async throws(StartError) -> IssuedToken {
        var seconds: Double?
        if let expiresIn {
            seconds = DurationText.seconds(expiresIn)
            if seconds == nil { throw StartError("expires-in: '\(expiresIn)': expected \(DurationText.expectation)") }
        }
        do throws(Problem) {
            try AccessController.check(AccessTokenRequest(name: name, role: role, expiresInSeconds: seconds))
        } catch {
            let error = error.errors.first
            throw StartError("\(error?.field ?? ""): \(error?.message ?? ""); \(error?.fix ?? "")")
        }
        let now = clock.now()
        let issued = TokenRegistry.fresh(
            name: name, role: role, agent: nil, by: Self.name,
            expiresAt: seconds.map { now.advanced(bySeconds: $0) }, at: now)
        try await insert(issued, replacing: [], action: "token create")
        return issued
    }

    /// All, the oldest first.
    public func list() async throws(StartError) -> [AccessToken] {
        do { return try await store.tokens().tokens.map(\.token) } catch { throw StartError(error.description) }
    }

    public func revoke(_ id: String) async throws(StartError) {
        let isKnown: Bool
        do throws(StoreError) {
            isKnown = try await store.revokeToken(id, at: clock.now())
            if isKnown { try await store.append(audit: [entry("token revoke", id)]) }
        } catch {
            throw StartError(error.description)
        }
        if !isKnown { throw StartError("there is no token \(id); `hyperschedd token list` shows them") }
    }

    /// A new secret under the same name and role; the old one is revoked at once.
    public func rotate(_ id: String) async throws(StartError) -> IssuedToken {
        let now = clock.now()
        guard let old = try await list().first(where: { $0.id == id }), old.isValid(at: now), old.role != .agent else {
            throw StartError("there is no valid token \(id) that can be rotated; `hyperschedd token list` shows all")
        }
        let issued = TokenRegistry.fresh(
            name: old.name, role: old.role, agent: nil, by: Self.name, expiresAt: old.expiresAt, at: now)
        try await insert(issued, replacing: [TokenReplacement(id: id)], action: "token rotate")
        return issued
    }

    /// To be called at the end.
    public func close() {
        if lock == nil { store.leave() } else { try? store.close() }
    }

    private static let name = "offline"

    private func insert(
        _ issued: IssuedToken, replacing: [TokenReplacement], action: String
    ) async throws(StartError) {
        do throws(StoreError) {
            let stored = StoredToken(token: issued.token, hash: SHA256.hex(of: issued.secret.utf8))
            try await store.insert(stored, replacing: replacing)
            try await store.append(audit: [entry(action, issued.token.id)])
        } catch {
            throw StartError(error.description)
        }
    }

    private func entry(_ action: String, _ id: String) -> AuditEntry {
        AuditEntry(
            at: clock.now(), actor: Self.name, token: nil, role: .admin, address: "local", action: action,
            result: "/api/v1/tokens/\(id)", status: 200)
    }
}
