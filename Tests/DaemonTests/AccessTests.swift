import Foundation
import Hummingbird
import HyperSchedProtocol
import Logging
import Testing

@testable import DaemonCore

/// Tokens: who may do what, over a socket.
@Suite(.timeLimit(.minutes(2))) struct AccessTests {
    /// A daemon that asks for tokens, with one for each role.
    struct Guarded {
        let daemon: LiveDaemon
        var secrets: [AccessRole: String] = [:]

        init(logger: Logger? = nil, directory: String? = nil) async throws {
            daemon = try await LiveDaemon(logger: logger, directory: directory) { $0.authentication = .required }
            let desk = try await TokenDesk(dataDirectory: daemon.directory)
            for role in AccessRole.grantable {
                secrets[role] = try await desk.create(name: "the-\(role.rawValue)", role: role, expiresIn: nil).secret
            }
            desk.close()
        }

        func client(_ role: AccessRole?) -> SocketClient {
            var client = daemon.client
            client.token = role.flatMap { secrets[$0] }
            return client
        }

        /// Makes an agent's credential.
        func join(_ agent: String) async throws -> SocketClient {
            let answer = try await client(.agentJoin).post("/api/v1/agents/\(agent)/join", text: "")
            var client = daemon.client
            client.token = try answer.message(IssuedToken.self).secret
            return client
        }
    }

    private static func sync(_ session: String = "s") -> AgentSync {
        AgentSync(
            session: session, slots: [Slot(index: 0, kind: .cpu)], labels: [:], attempts: [], seenVersion: 0,
            waitSeconds: 0, version: "1")
    }

    @Test func everyRouteHasARule() async throws {
        let directory = NSTemporaryDirectory() + "hypersched-rules-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let daemon = try await Daemon(
            settings: DaemonSettings(dataDirectory: directory),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let routes = daemon.router().routes.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(routes) == Set(AccessRule.table.keys))
        #expect(routes.count > 40)
    }

    /// Each route without a token, with a wrong one, and with each role: refused unless the table says otherwise.
    @Test func everyRouteAsksForItsRole() async throws {
        let guarded = try await Guarded()
        var clients: [(Caller, SocketClient)] = []
        for role in AccessRole.grantable {
            clients.append((Caller(name: "x", role: role, token: "t", agent: nil), guarded.client(role)))
        }
        let agent = Caller(name: "other", role: .agent, token: "t", agent: AgentID("other"))
        clients.append((agent, try await guarded.join("other")))
        for (route, rule) in AccessRule.table.sorted(by: { $0.key < $1.key }) where rule.requirement != .open {
            let parts = route.split(separator: " ").map(String.init)
            let path = parts[1].replacing("{id}", with: "999").replacing("{name}", with: "node")
                .replacing("{sha256}", with: "x")
            if path == "/events" { continue }
            let nobody = try await guarded.client(nil).send(parts[0], path)
            #expect(nobody.status == (rule.isPage ? 303 : 401), "\(route)")
            if !rule.isPage {
                #expect(nobody.headers["www-authenticate"] == "Bearer realm=\"hyperschedd\"")
                #expect(nobody.headers["content-type"] == "application/problem+json")
            }
            for (caller, client) in clients {
                let answer = try await client.send(parts[0], path)
                let isRefused = rule.refusal(of: caller, agent: "node") != nil
                #expect((answer.status == 403) == isRefused, "\(route) as \(caller.role): \(answer.status)")
                #expect(answer.status != 401, "\(route) as \(caller.role)")
            }
        }
    }

    @Test(arguments: [
        (AccessRole.read, "GET /", true), (.read, "POST /api/v1/sweeps", false), (.read, "GET /submit", false),
        (.submit, "POST /api/v1/sweeps", true), (.submit, "POST /api/v1/agents/{name}/drain", false),
        (.submit, "GET /api/v1/tokens", false), (.admin, "POST /api/v1/tokens", true),
        (.admin, "POST /api/v1/agents/{name}/reports", false), (.agentJoin, "GET /api/v1/sweeps", false),
        (.agentJoin, "POST /api/v1/agents/{name}/sync", false), (.agent, "GET /api/v1/sweeps", false),
        (.agent, "GET /api/v1/checkpoints/{sha256}", true), (.agent, "POST /api/v1/agents/{name}/join", false),
        (.admin, "POST /api/v1/agents/{name}/join", false), (.read, "GET /metrics", true),
    ])
    func theTableSaysWhatItShould(role: AccessRole, route: String, isAllowed: Bool) throws {
        let rule = try #require(AccessRule.table[route])
        let caller = Caller(name: "x", role: role, token: "t", agent: role == .agent ? AgentID("other") : nil)
        #expect((rule.refusal(of: caller, agent: "node") == nil) == isAllowed)
    }

    @Test func anAgentIsItselfOnly() async throws {
        let guarded = try await Guarded()
        let node = try await guarded.join("node")
        #expect(try await node.post("/api/v1/agents/node/sync", Self.sync()).status == 200)
        let other = try await node.post("/api/v1/agents/other/sync", Self.sync())
        let problem = try other.message(Problem.self)
        #expect(other.status == 403 && problem.code == "forbidden")
        #expect(problem.detail.contains("is agent 'node'") && problem.detail.contains("'other'"))
        // Its name is taken for as long as it lives.
        let again = try await guarded.client(.agentJoin).post("/api/v1/agents/node/join", text: "")
        #expect(try again.message(Problem.self).code == "agent_present")
        // Revoked, it is out at once, and the name is free.
        let tokens = try await guarded.client(.admin).get("/api/v1/tokens").message(Page<AccessToken>.self).items
        let credential = try #require(tokens.first { $0.agent == AgentID("node") })
        #expect(credential.createdBy == "the-agent-join")
        let revoked = try await guarded.client(.admin).post("/api/v1/tokens/\(credential.id)/revoke", text: "")
        #expect(try revoked.message(AccessToken.self).revokedAt != nil)
        #expect(try await node.post("/api/v1/agents/node/sync", Self.sync()).status == 401)
        #expect(try await guarded.join("node").post("/api/v1/agents/node/sync", Self.sync()).status == 200)
    }

    @Test func tokensAreMadeRotatedAndRevoked() async throws {
        let guarded = try await Guarded()
        let admin = guarded.client(.admin)
        let made = try await admin.post("/api/v1/tokens", AccessTokenRequest(name: "alice", role: .submit))
        #expect(made.status == 201 && made.headers["cache-control"] == "no-store")
        let issued = try made.message(IssuedToken.self)
        #expect(issued.token.createdBy == "the-admin" && issued.token.name == "alice")
        var alice = guarded.daemon.client
        alice.token = issued.secret
        let session = try await alice.get("/api/v1/session").message(SessionInfo.self)
        #expect(session == SessionInfo(authentication: true, name: "alice", role: .submit))
        let rotated = try await admin.post("/api/v1/tokens/\(issued.token.id)/rotate", text: "")
            .message(IssuedToken.self)
        #expect(try await alice.get("/api/v1/session").status == 401)
        alice.token = rotated.secret
        #expect(try await alice.get("/api/v1/session").status == 200)
        let overlap = try await admin.post("/api/v1/tokens/\(rotated.token.id)/rotate?overlapSeconds=60", text: "")
            .message(IssuedToken.self)
        #expect(try await alice.get("/api/v1/session").status == 200)
        let listed = try await admin.get("/api/v1/tokens").message(Page<AccessToken>.self).items
        #expect(listed.filter { $0.name == "alice" }.count == 3)
        #expect(listed.first { $0.id == rotated.token.id }?.expiresAt != nil)
        #expect(listed.first { $0.id == rotated.token.id }?.lastUsedAt != nil)
        _ = try await admin.post("/api/v1/tokens/\(overlap.token.id)/revoke", text: "")
        alice.token = overlap.secret
        #expect(try await alice.get("/api/v1/session").status == 401)
        #expect(try await admin.post("/api/v1/tokens/\(overlap.token.id)/rotate", text: "").status == 409)
        #expect(try await admin.post("/api/v1/tokens/none/revoke", text: "").status == 404)
    }

    @Test(arguments: [
        ("", AccessRole.read, nil, "name"), ("a b", .read, nil, "name"), ("x", .agent, nil, "role"),
        (String(repeating: "x", count: 65), .read, nil, "name"), ("x", .read, 0.0, "expiresInSeconds"),
        ("x", .read, 1e12, "expiresInSeconds"),
    ])
    func badTokensAreNotMade(name: String, role: AccessRole, seconds: Double?, field: String) throws {
        let asked = AccessTokenRequest(name: name, role: role, expiresInSeconds: seconds)
        let problem = #expect(throws: Problem.self) { try AccessController.check(asked) }
        #expect(problem?.errors.map(\.field) == [field])
    }

    /// Where nobody is asked for a token, nobody may make one for later.
    @Test func withoutAuthenticationNoTokenIsMade() async throws {
        let daemon = try await LiveDaemon()
        let made = try await daemon.client.post("/api/v1/tokens", AccessTokenRequest(name: "x", role: .admin))
        #expect(try made.message(Problem.self).code == "authentication_off")
        let joined = try await daemon.client.post("/api/v1/agents/node/join", text: "")
        #expect(try joined.message(Problem.self).code == "authentication_off")
        let session = try await daemon.client.get("/api/v1/session").message(SessionInfo.self)
        #expect(!session.authentication)
    }

    @Test func wrongTokensAreSlowedDownAndRightOnesAreNot() async throws {
        let guarded = try await Guarded()
        var stranger = guarded.daemon.client
        stranger.token = AccessSecret(random: Array(repeating: 7, count: 38)).text
        var statuses: [Int] = []
        for _ in 1...12 { statuses.append(try await stranger.get("/api/v1/sweeps").status) }
        #expect(statuses.prefix(10).allSatisfy { $0 == 401 } && statuses.last == 429)
        let answer = try await stranger.get("/api/v1/sweeps")
        #expect(answer.headers["retry-after"] == "12")
        #expect(try answer.message(Problem.self).code == "too_many_attempts")
        #expect(try await guarded.client(.read).get("/api/v1/sweeps").status == 200)
    }

    @Test func whatChangesSomethingIsWrittenDown() async throws {
        let guarded = try await Guarded()
        _ = try await guarded.client(.submit).post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
        _ = try await guarded.client(.read).post("/api/v1/sweeps/1/cancel", text: "")
        _ = try await guarded.client(.submit).post("/api/v1/sweeps/1/cancel", text: "")
        _ = try await guarded.client(.submit).get("/api/v1/sweeps")
        _ = try await guarded.client(.submit).post("/api/v1/sweeps/77/cancel", text: "")
        let page = try await guarded.client(.admin).get("/api/v1/audit?limit=4").message(Page<AuditEntry>.self)
        let entries = page.items.map { "\($0.actor) \($0.action) \($0.status) \($0.result ?? "-")" }
        #expect(
            entries == [
                "the-submit POST /api/v1/sweeps/77/cancel 404 -", "the-submit POST /api/v1/sweeps/1/cancel 200 -",
                "the-read POST /api/v1/sweeps/1/cancel 403 -", "the-submit POST /api/v1/sweeps 201 /api/v1/sweeps/1",
            ])
        #expect(page.items.allSatisfy { $0.address == "127.0.0.1" && $0.token?.utf8.count == 12 })
        let older = try await guarded.client(.admin).get("/api/v1/audit?cursor=\(page.nextCursor ?? "")")
            .message(Page<AuditEntry>.self).items
        #expect(older.map(\.action) == Array(repeating: "token create", count: 4) && older[0].actor == "offline")
        #expect(try await guarded.client(.submit).get("/api/v1/audit").status == 403)
    }

    /// The secret is in no log line, no answer, and no file of the data directory.
    @Test func secretsAreNowhere() async throws {
        let lines = CapturedLines()
        var logger = Logger(label: "test") { _ in CapturingHandler(lines: lines) }
        logger.logLevel = .trace
        let guarded = try await Guarded(logger: logger)
        let agent = try await guarded.join("node")
        _ = try await agent.post("/api/v1/agents/node/sync", Self.sync())
        var answers = ""
        for role in AccessRole.grantable {
            for path in ["/api/v1/tokens", "/api/v1/audit", "/api/v1/session", "/", "/agents", "/api/v1/x", "/metrics"]
            {
                answers += try await guarded.client(role).get(path).text
            }
            answers += try await guarded.client(role).post("/api/v1/sweeps", text: "x: [").text
        }
        var wrong = guarded.client(.read)
        wrong.token = (wrong.token ?? "") + "0"
        answers += try await wrong.get("/").text
        let files = FileManager.default.enumerator(atPath: guarded.daemon.directory)?.allObjects as? [String] ?? []
        var stored = Data()
        for file in files {
            stored += (try? Data(contentsOf: URL(fileURLWithPath: "\(guarded.daemon.directory)/\(file)"))) ?? Data()
        }
        #expect(lines.text.contains("the-admin") || lines.text.utf8.count > 100)
        for secret in Array(guarded.secrets.values) + [try #require(agent.token)] {
            let bare = String(secret.dropFirst(16).prefix(60))
            #expect(!lines.text.contains(bare) && !answers.contains(bare))
            #expect(stored.range(of: Data(bare.utf8)) == nil)
            // What is stored instead.
            #expect(stored.range(of: Data(SHA256.hex(of: secret.utf8).utf8)) != nil)
        }
    }

    @Test func pagesForSignedInPeople() async throws {
        let guarded = try await Guarded()
        let browser = ["Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"]
        func signIn(_ role: AccessRole, next: String) async throws -> SocketClient.Answer {
            try await guarded.client(nil).post(
                "/login", text: "token=\(guarded.secrets[role] ?? "")&next=\(next)", headers: browser)
        }
        let redirect = try await guarded.client(nil).get("/sweeps/1")
        #expect(redirect.headers["location"] == "/login?next=%2Fsweeps%2F1")
        #expect(try await guarded.client(nil).get("/login?next=%2Fsweeps%2F1").text.contains("value=\"/sweeps/1\""))
        let answer = try await signIn(.read, next: "%2Fagents")
        #expect(answer.status == 303 && answer.headers["location"] == "/agents")
        let setCookie = try #require(answer.headers["set-cookie"])
        #expect(setCookie.contains("HttpOnly") && setCookie.contains("SameSite=Strict"))
        #expect(!setCookie.contains(guarded.secrets[.read] ?? "?"))
        let cookie = ["Cookie": "a=b; " + setCookie.prefix { $0 != ";" }]
        _ = try await guarded.client(.submit).post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
        let page = try await guarded.client(nil).send("GET", "/sweeps/1", headers: cookie)
        #expect(page.status == 200 && page.text.contains("the-read") && page.text.contains("Sign out"))
        #expect(!page.text.contains("Cancel sweep 1") && !page.text.contains("href=\"/submit\""))
        let same = cookie.merging(browser) { $1 }
        #expect(try await guarded.client(nil).send("POST", "/sweeps/1/cancel", headers: same).status == 403)
        // A submitter may; but only from a page of ours.
        let submitter = try #require(try await signIn(.submit, next: "/").headers["set-cookie"]).prefix { $0 != ";" }
        let own = ["Cookie": String(submitter)]
        let shown = try await guarded.client(nil).send("GET", "/sweeps/1", headers: own)
        #expect(shown.text.contains("Cancel sweep 1") && shown.text.contains("href=\"/submit\""))
        let forged = try await guarded.client(nil).send("POST", "/sweeps/1/cancel", headers: own)
        #expect(forged.status == 403 && forged.text.contains("another site"))
        let viaAPI = try await guarded.client(nil).send("POST", "/api/v1/sweeps/1/cancel", headers: own)
        #expect(viaAPI.status == 403)
        let done = try await guarded.client(nil).send(
            "POST", "/sweeps/1/cancel", headers: own.merging(browser) { $1 })
        #expect(done.status == 303)
        _ = try await guarded.client(nil).send("POST", "/logout", headers: own.merging(browser) { $1 })
        #expect(try await guarded.client(nil).send("GET", "/", headers: own).status == 303)
        #expect(try await signIn(.agentJoin, next: "/").status == 403)
        #expect(try await signIn(.read, next: "%2F%2Fevil.example").headers["location"] == "/")
    }

    @Test func aRevokedTokenEndsItsSessions() async throws {
        let guarded = try await Guarded()
        let answer = try await guarded.client(nil).post("/login", text: "token=\(guarded.secrets[.read] ?? "")")
        let cookie = ["Cookie": String(try #require(answer.headers["set-cookie"]).prefix { $0 != ";" })]
        #expect(try await guarded.client(nil).send("GET", "/", headers: cookie).status == 200)
        let secret = try #require(guarded.secrets[.read].flatMap { AccessSecret($0) })
        _ = try await guarded.client(.admin).post("/api/v1/tokens/\(secret.id)/revoke", text: "")
        #expect(try await guarded.client(nil).send("GET", "/", headers: cookie).status == 303)
        let wrong = try await guarded.client(nil).post("/login", text: "token=nonsense&next=/")
        #expect(wrong.status == 401 && wrong.text.contains("no token of hyperschedd"))
    }

    /// A name that its owner has pointed at 127.0.0.1 (DNS rebinding).
    @Test func foreignNamesAreRefusedWhereNobodyIsAsked() async throws {
        let daemon = try await LiveDaemon()
        for (host, status) in [
            ("evil.example", 403), ("evil.example:80", 403), ("127.0.0.1:1", 200), ("[::1]:8472", 200),
            ("localhost", 200), ("127.0.0.1.evil.example", 403),
        ] {
            var client = daemon.client
            client.host = host
            #expect(try await client.get("/api/v1/sweeps").status == status, "\(host)")
        }
        let guarded = try await Guarded()
        var client = guarded.client(.read)
        client.host = "hypersched.example"
        #expect(try await client.get("/api/v1/sweeps").status == 200)
    }
}

/// What a logger was told.
final class CapturedLines: @unchecked Sendable {
    private let lock = NSLock()
    private var content = ""

    var text: String { lock.withLock { content } }

    func add(_ line: String) { lock.withLock { content += line + "\n" } }
}

struct CapturingHandler: LogHandler {
    let lines: CapturedLines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.message) \(event.metadata ?? [:]) \(metadata)")
    }
}
