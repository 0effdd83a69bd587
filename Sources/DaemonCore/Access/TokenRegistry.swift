import HyperSchedProtocol
import Logging
import Synchronization
import TrialStore

/// The tokens, in memory. Other processes may change them on the disk: what they make is known at once, what they
/// revoke within a second.
final class TokenRegistry: Sendable {
    /// Seconds for which revoking by another process may go unnoticed.
    static let refreshSeconds = 1.0
    /// Seconds between two writes of when tokens were used.
    static let noteSeconds = 60.0

    private struct State {
        var tokens: [String: StoredToken] = [:]
        var change: Int64 = 0
        var checkedAt: Timestamp
        /// Uses that are not on the disk yet.
        var used: [String: Timestamp] = [:]
        var notedAt: Timestamp?
    }

    private let store: TrialStoreDatabase
    private let logger: Logger
    private let state: Mutex<State>

    init(store: TrialStoreDatabase, at now: Timestamp, logger: Logger) async throws(StoreError) {
        self.store = store
        self.logger = logger
        let (tokens, change) = try await store.tokens()
        let byID = Dictionary(tokens.map { ($0.token.id, $0) }) { $1 }
        state = Mutex(State(tokens: byID, change: change, checkedAt: now))
    }

    /// True when somebody could make tokens over HTTP.
    func hasAdministrator(at now: Timestamp) -> Bool {
        state.withLock { $0.tokens.values.contains { $0.token.role == .admin && $0.token.isValid(at: now) } }
    }

    /// The holder of a secret; nil: it opens nothing.
    func caller(_ secret: AccessSecret, at now: Timestamp) async -> Caller? {
        // One that is not known may have been made a moment ago.
        await refresh(at: now, mustLook: state.withLock { $0.tokens[secret.id] == nil })
        let hash = secret.hash
        let found = state.withLock { state -> AccessToken? in
            guard let stored = state.tokens[secret.id], AccessSecret.isEqual(stored.hash, hash),
                stored.token.isValid(at: now)
            else { return nil }
            state.used[secret.id] = now
            return stored.token
        }
        await noteUses(at: now)
        return found.map(Caller.init)
    }

    /// The holder of a token that was shown before; nil: it opens nothing any more.
    func caller(id: String, at now: Timestamp) async -> Caller? {
        await refresh(at: now)
        return state.withLock { state in
            guard let token = state.tokens[id]?.token, token.isValid(at: now) else { return nil }
            return Caller(token)
        }
    }

    /// All, the oldest first.
    func all() async throws(StoreError) -> [AccessToken] {
        try await reload()
        return state.withLock { state in
            state.tokens.values.map { stored in
                var token = stored.token
                token.lastUsedAt = state.used[token.id] ?? token.lastUsedAt
                return token
            }
        }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func token(_ id: String) async throws(StoreError) -> AccessToken? { try await all().first { $0.id == id } }

    /// Makes a token; returns when it is durable.
    /// - Parameter replacing: tokens that are revoked by it.
    func issue(
        name: String, role: AccessRole, agent: AgentID? = nil, by creator: String, expiresAt: Timestamp?,
        replacing: [TokenReplacement] = [], at now: Timestamp
    ) async throws(StoreError) -> IssuedToken {
        let issued = Self.fresh(
            name: name, role: role, agent: agent, by: creator, expiresAt: expiresAt, at: now)
        let stored = StoredToken(token: issued.token, hash: SHA256.hex(of: issued.secret.utf8))
        try await store.insert(stored, replacing: replacing)
        try await reload()
        return issued
    }

    /// False: there is no such token.
    func revoke(_ id: String, at now: Timestamp) async throws(StoreError) -> Bool {
        let isKnown = try await store.revokeToken(id, at: now)
        try await reload()
        return isKnown
    }

    /// Writes down what is not on the disk yet.
    func close() async { await write(state.withLock { take(&$0) }) }

    static func fresh(
        name: String, role: AccessRole, agent: AgentID?, by creator: String, expiresAt: Timestamp?, at now: Timestamp
    ) -> IssuedToken {
        var generator = SystemRandomNumberGenerator()
        let secret = AccessSecret(random: (0..<38).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let token = AccessToken(
            id: secret.id, name: name, role: role, agent: agent, createdAt: now, createdBy: creator,
            expiresAt: expiresAt)
        return IssuedToken(secret: secret.text, token: token)
    }

    // MARK: The disk

    private func refresh(at now: Timestamp, mustLook: Bool = false) async {
        let isDue = state.withLock { state in
            guard mustLook || now.seconds(since: state.checkedAt) >= Self.refreshSeconds else { return false }
            state.checkedAt = now
            return true
        }
        guard isDue else { return }
        do throws(StoreError) {
            let change = try await store.tokenChange()
            if change != state.withLock({ $0.change }) { try await reload() }
        } catch {
            logger.error("tokens can not be read; the known ones go on", metadata: ["error": "\(error)"])
        }
    }

    private func reload() async throws(StoreError) {
        let (tokens, change) = try await store.tokens()
        state.withLock { state in
            // A slow reader must not undo what a later one has seen.
            guard change >= state.change else { return }
            state.tokens = Dictionary(tokens.map { ($0.token.id, $0) }) { $1 }
            state.change = change
        }
    }

    private func noteUses(at now: Timestamp) async {
        let uses = state.withLock { state -> [String: Timestamp] in
            if let notedAt = state.notedAt, now.seconds(since: notedAt) < Self.noteSeconds { return [:] }
            state.notedAt = now
            return take(&state)
        }
        await write(uses)
    }

    private func take(_ state: inout State) -> [String: Timestamp] {
        defer { state.used = [:] }
        for (id, instant) in state.used { state.tokens[id]?.token.lastUsedAt = instant }
        return state.used
    }

    private func write(_ uses: [String: Timestamp]) async {
        guard !uses.isEmpty else { return }
        // Not worth a refusal: on a full disk, for one.
        do { try await store.noteTokensUsed(uses) } catch {
            logger.debug("uses of tokens were not written", metadata: ["error": "\(error)"])
        }
    }
}
