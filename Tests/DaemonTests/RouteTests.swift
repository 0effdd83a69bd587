import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// The routes, over a socket.
@Suite(.timeLimit(.minutes(1))) struct RouteTests {
    @Test func theLifeOfASweep() async throws {
        let daemon = try await LiveDaemon()
        let client = daemon.client
        let created = try await client.post(
            "/api/v1/sweeps", text: LiveDaemon.sweepFile, headers: ["Idempotency-Key": "k"])
        #expect(created.status == 201 && created.headers["content-type"] == "application/json")
        let sweep = try created.message(SweepSummary.self)
        #expect(sweep.name == "live" && !sweep.warnings.isEmpty)
        let again = try await client.post(
            "/api/v1/sweeps", text: LiveDaemon.sweepFile, headers: ["Idempotency-Key": "k"])
        #expect(again.status == 200)
        #expect(try again.message(SweepSummary.self).id == sweep.id)
        let attempt = try #require(try await daemon.sync().assignments.first?.attempt)
        let receipt = try await daemon.report(attempt, sequence: 1, step: 1, 0.25)
        #expect(try receipt.message(ReportReceipt.self) == ReportReceipt(accepted: 1))
        let repeated = try await daemon.report(attempt, sequence: 1, step: 1, 0.25)
        #expect(try repeated.message(ReportReceipt.self) == ReportReceipt(duplicate: 1))
        let shown = try await client.get("/api/v1/sweeps/\(sweep.id)").message(SweepSummary.self)
        #expect(shown.best?.trial == attempt.trial && shown.best?.objective == 0.25 && shown.slotsHeld == 1)
        let ranking = try await client.get("/api/v1/sweeps/1/ranking?limit=5").message(Page<RankedTrial>.self)
        #expect(ranking.items == [try #require(shown.best)])
        let detail = try await client.get("/api/v1/trials/\(attempt.trial)").message(TrialDetail.self)
        #expect(detail.ranked == shown.best && detail.attempts.count == 1 && detail.metricNames == ["acc"])
        let curve = try await client.get("/api/v1/trials/\(attempt.trial)/curve").message(Page<CurvePoint>.self)
        #expect(curve.items.map(\.step) == [1])
        for path in ["/api/v1/sweeps/1/decisions", "/api/v1/trials/\(attempt.trial)/decisions"] {
            #expect(try await !client.get(path).message(Page<Decision>.self).items.isEmpty)
        }
        let attempts = try await client.get("/api/v1/sweeps/1/attempts").message(Page<AttemptRecord>.self)
        #expect(attempts.items.map(\.attempt) == [attempt] && attempts.items.first?.endedAt == nil)
        let cancelled = try await client.post("/api/v1/sweeps/1/cancel", text: "")
        #expect(try cancelled.message(SweepSummary.self).state == .cancelled)
    }

    @Test func aDeadlineIsMoved() async throws {
        let daemon = try await LiveDaemon()
        let sweep = try await daemon.client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
            .message(SweepSummary.self)
        let later = sweep.spec.deadline.advanced(bySeconds: 3600)
        let path = "/api/v1/sweeps/\(sweep.id)/extend"
        for _ in 1...2 {
            let answer = try await daemon.client.post(path, text: #"{"deadline": "\#(later)"}"#)
            #expect(answer.status == 200)
            #expect(try answer.message(SweepSummary.self).spec.deadline == later)
        }
        let earlier = try await daemon.client.post(path, text: #"{"deadline": "\#(sweep.spec.deadline)"}"#)
        let problem = try earlier.message(Problem.self)
        #expect(earlier.status == 422 && problem.errors.first?.field == "deadline")
        #expect(try await daemon.client.post(path, text: #"{"deadline": "tomorrow"}"#).status == 400)
    }

    @Test func aSweepFileIsExplained() async throws {
        let daemon = try await LiveDaemon()
        _ = try await daemon.sync()
        let answer = try await daemon.client.post("/api/v1/sweeps/explain", text: LiveDaemon.sweepFile)
        let explanation = try answer.message(SweepExplanation.self)
        #expect(answer.status == 200 && explanation.spec.name == "live" && explanation.firstConfigurations.count > 1)
        #expect(try await daemon.client.get("/api/v1/sweeps").message(Page<SweepSummary>.self).items.isEmpty)
    }

    @Test func listingsComeInPages() async throws {
        let daemon = try await LiveDaemon()
        for _ in 1...5 { _ = try await daemon.client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile) }
        var (ids, cursor): ([Int64], String?) = ([], "")
        while let present = cursor {
            let query = present.isEmpty ? "" : "&cursor=\(present)"
            let page = try await daemon.client.get("/api/v1/sweeps?limit=2\(query)").message(Page<SweepSummary>.self)
            ids += page.items.map(\.id.rawValue)
            cursor = page.nextCursor
        }
        #expect(ids == [5, 4, 3, 2, 1])
    }

    @Test func agentsAreListedAndDrained() async throws {
        let daemon = try await LiveDaemon()
        let attempt = try await daemon.runningAttempt()
        let agents = try await daemon.client.get("/api/v1/agents").message(Page<AgentSummary>.self)
        #expect(agents.items.map(\.attempts) == [[attempt]] && agents.items.first?.slotsHeld == 1)
        let drained = try await daemon.client.post("/api/v1/agents/node/drain", text: "")
        #expect(try drained.message(AgentSummary.self).state == .draining)
        #expect(try await daemon.sync(attempts: [attempt]).assignments.map(\.goal) == [.stop])
        let back = try await daemon.client.post("/api/v1/agents/node/undrain", text: "")
        #expect(try back.message(AgentSummary.self).state == .live)
        #expect(try await daemon.client.get("/api/v1/agents/other").status == 404)
    }

    @Test func aSyncWaitsForNews() async throws {
        let daemon = try await LiveDaemon()
        let first = try await daemon.sync()
        async let waiting = daemon.sync(seen: first.version, wait: 15)
        try await Task.sleep(for: .milliseconds(200))
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await daemon.client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
        #expect(try await waiting.assignments.count == 1)
        #expect(clock.now - start < .seconds(14))
    }

    @Test func supervisorsAreAnswered() async throws {
        let client = try await LiveDaemon()
        #expect(try await client.client.get("/healthz").status == 200)
        #expect(try await client.client.get("/readyz").status == 200)
        let version = try await client.client.get("/version").message(VersionInfo.self)
        #expect(version == VersionInfo(name: "hyperschedd", version: ProductVersion.current, schema: 3))
    }

    @Test(arguments: [
        ("GET", "/nothing", "", 404, "no_route"), ("GET", "/api/v1/nothing", "", 404, "no_route"),
        ("DELETE", "/api/v1/sweeps/1", "", 405, "method_not_allowed"),
        ("GET", "/api/v1/sweeps/1", "", 404, "not_found"),
        ("GET", "/api/v1/sweeps/x", "", 404, "not_found"), ("GET", "/api/v1/sweeps?limit=0", "", 400, "bad_request"),
        ("GET", "/api/v1/sweeps?limit=x", "", 400, "bad_request"),
        ("GET", "/api/v1/sweeps?cursor=x", "", 400, "bad_request"),
        ("GET", "/api/v1/forecasts?limit=0", "", 400, "bad_request"),
        ("GET", "/api/v1/forecasts?limit=x", "", 400, "bad_request"),
        ("POST", "/api/v1/sweeps/7/cancel", "", 404, "not_found"), ("GET", "/api/v1/trials/7", "", 404, "not_found"),
        ("GET", "/api/v1/trials/7/curve", "", 404, "not_found"),
        ("GET", "/api/v1/trials/7/checkpoint", "", 404, "not_found"),
        ("GET", "/api/v1/checkpoints/..%2F..%2Fetc%2Fpasswd", "", 404, "not_found"),
        ("POST", "/api/v1/sweeps", "lr: [", 422, "invalid_sweep"), ("POST", "/api/v1/sweeps", "", 422, "invalid_sweep"),
        ("POST", "/api/v1/sweeps/explain", "a: 1", 422, "invalid_sweep"),
        ("POST", "/api/v1/agents/node/sync", "{", 400, "bad_message"),
        ("POST", "/api/v1/agents/node/sync", "{}", 400, "bad_message"),
        ("POST", "/api/v1/agents/a%20b/sync", "{}", 400, "bad_request"),
        ("POST", "/api/v1/agents/node/reports", "[]", 400, "bad_message"),
        ("POST", "/api/v1/agents/node/drain", "", 404, "not_found"),
        ("PUT", "/api/v1/agents/node/checkpoints", "x", 400, "bad_request"),
        ("POST", "/api/v1/agents/node/logs?trial=1&attempt=1&offset=0", "x", 404, "not_found"),
    ])
    func refusalsAreProblems(method: String, path: String, body: String, status: Int, code: String) async throws {
        let daemon = try await LiveDaemon()
        let answer = try await daemon.client.send(method, path, body: Array(body.utf8))
        #expect(answer.headers["content-type"] == "application/problem+json")
        let problem = try answer.message(Problem.self)
        #expect(answer.status == status && problem.status == status && problem.code == code, "\(answer.text)")
    }

    @Test func aBrokenMessageNamesTheField() async throws {
        let daemon = try await LiveDaemon()
        let text = """
            {"session": "s", "ended": [], "reports": [{"attempt": {"trial": 1, "number": 1}, "sequence": "one"}]}
            """
        let problem = try await daemon.client.post("/api/v1/agents/node/reports", text: text).message(Problem.self)
        #expect(problem.errors.map(\.field) == ["reports.0.sequence"])
    }

    @Test func rulesOfMessagesHold() async throws {
        let daemon = try await LiveDaemon()
        let report = TrialReport(
            attempt: AttemptID(trial: TrialID(1), number: 0), sequence: 0, step: -1, metrics: ["": 1.0],
            elapsedSeconds: -1)
        let answer = try await daemon.client.post(
            "/api/v1/agents/node/reports",
            ReportBatch(session: "", reports: [report] + Array(repeating: report, count: 1000), ended: []))
        #expect(answer.status == 422)
        let fields = try answer.message(Problem.self).errors.map(\.field)
        let names = ["attempt", "sequence", "step", "elapsedSeconds", "metrics"]
        let expected = ["session", "reports"] + names.map { "reports.0.\($0)" }
        #expect(Array(fields.prefix(7)) == expected && fields.count == 20)
    }

    @Test func largeBodiesAreRefused() async throws {
        let daemon = try await LiveDaemon()
        let answer = try await daemon.client.post(
            "/api/v1/sweeps", text: String(repeating: "#", count: 300_000))
        #expect(answer.status == 413)
        let json = try await daemon.client.post(
            "/api/v1/agents/node/reports", text: String(repeating: " ", count: 5_000_000))
        #expect(json.status == 413)
    }
}
