import HyperSchedProtocol
import Scheduler
import Testing

@testable import DaemonCore

/// Configurations that another program proposes.
@Suite(.timeLimit(.minutes(1))) struct ProposalTests {
    private static let sweepFile = """
        name: outside
        command: [python, train.py]
        method: external
        metric: {name: acc, goal: maximize}
        parameters: {opt: {parameters: {lr: {min: 0.0, max: 1.0}}}, n: {min: 1, max: 3}}
        hypersched: {in: 1h, policy: fifo, steps: {min: 1, max: 9}, external: {queue: 2}}
        """

    private func body(_ lr: String, n: Int = 1, duplicate: String = "") -> String {
        #"{"configuration": {"opt": {"lr": \#(lr)}, "n": \#(n)}\#(duplicate)}"#
    }

    @Test func theRoutes() async throws {
        let daemon = try await LiveDaemon()
        let client = daemon.client
        _ = try await client.post("/api/v1/sweeps", text: Self.sweepFile)
        let path = "/api/v1/sweeps/1/configurations"
        let created = try await client.post(path, text: body("1"), headers: ["Idempotency-Key": "a"])
        #expect(created.status == 201)
        let trial = try created.message(TrialObservation.self)
        #expect(trial.configuration["opt.lr"] == .int(1) && trial.key == "a" && trial.state == .waiting)
        let again = try await client.post(path, text: body("1.0"), headers: ["Idempotency-Key": "a"])
        #expect(again.status == 200)
        #expect(try again.message(TrialObservation.self).trial == trial.trial)
        let cases: [(body: String, headers: [String: String], status: Int, code: String)] = [
            (body("0.5"), ["Idempotency-Key": "a"], 422, "idempotency_key_reused"),
            (body("1"), [:], 409, "duplicate_configuration"),
            (body("2"), [:], 422, "invalid_configuration"),
            (body("\"NaN\""), [:], 422, "invalid_configuration"),
            (body("0.5", n: 4), [:], 422, "invalid_configuration"),
            (body("1e999"), [:], 400, "bad_message"), (body("NaN"), [:], 400, "bad_message"),
            (body("[1]"), [:], 422, "invalid_configuration"), (body("null"), [:], 422, "invalid_configuration"),
            (body("[{}]"), [:], 400, "bad_message"),
            ("{}", [:], 400, "bad_message"),
            (#"{"configuration": {"opt.lr": 0.5, "n": 1}}"#, [:], 422, "invalid_configuration"),
            (body("0.5"), ["Idempotency-Key": String(repeating: "k", count: 256)], 400, "bad_request"),
        ]
        for (text, headers, status, code) in cases {
            let answer = try await client.post(path, text: text, headers: headers)
            #expect(answer.status == status, "\(text)")
            #expect(try answer.message(Problem.self).code == code, "\(text)")
        }
        let twin = try await client.post(path, text: body("1", duplicate: #", "allowDuplicate": true"#))
        #expect(twin.status == 201)
        let full = try await client.post(path, text: body("0.25"))
        #expect(full.status == 429 && full.headers["retry-after"] != nil)
        let page = try await client.get("/api/v1/sweeps/1/observations?limit=1").message(ObservationPage.self)
        #expect(page.items.map(\.trial) == [TrialID(1)] && page.hasMore && page.metric.name == "acc")
        for query in ["after=x", "wait=-1", "limit=0", "wanted=x"] {
            #expect(try await client.get("/api/v1/sweeps/1/observations?\(query)").status == 400, "\(query)")
        }
        #expect(try await client.get("/api/v1/sweeps/9/observations").status == 404)
        _ = try await client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
        #expect(try await client.get("/api/v1/sweeps/2/observations").message(Problem.self).code == "not_external")
        #expect(try await client.post(path + "/close", text: "").status == 204)
        let closed = try await client.post(path, text: body("0.75"))
        #expect(try closed.message(Problem.self).code == "proposals_closed")
    }

    private func spec(_ fixture: LoopFixture) -> SweepSpec {
        var spec = fixture.spec()
        spec.method = .external
        return spec
    }

    private func proposal(_ lr: Int64) -> ConfigurationProposal {
        ConfigurationProposal(configuration: Configuration([("lr", .int(lr))]))
    }

    @Test func whatWasTakenSurvivesARestart() async throws {
        let fixture = try await LoopFixture()
        let (sweep, _) = try await fixture.loop.submit(spec(fixture), nil)
        let (first, isNew) = try await fixture.loop.propose(proposal(3), key: "a", to: sweep)
        #expect(isNew)
        let restarted = try await fixture.restarted()
        let (same, isNewAgain) = try await restarted.propose(proposal(3), key: "a", to: sweep)
        #expect(same == first && !isNewAgain)
        let page = try await restarted.observations(of: sweep, after: 0, limit: 10, wanted: 0, waitSeconds: 0)
        #expect(page.items == [first] && page.cursor == first.number)
        await #expect(throws: Problem.self) { try await restarted.propose(proposal(3), key: nil, to: sweep) }
    }

    @Test func aCallWaitsForNewsAndForWantedProposals() async throws {
        let fixture = try await LoopFixture()
        let (sweep, _) = try await fixture.loop.submit(spec(fixture), nil)
        let loop = fixture.loop
        async let wanted = loop.observations(of: sweep, after: 0, limit: 10, wanted: 0, waitSeconds: 50)
        while await loop.observers.count == 0 { await Task.yield() }
        _ = try await fixture.sync(slots: 2)
        #expect(try await wanted.wanted == 2)
        // One that can not propose is not woken by what is wanted.
        async let news = loop.observations(of: sweep, after: 0, limit: 10, wanted: 2, waitSeconds: 50)
        while await loop.observers.count == 0 { await Task.yield() }
        _ = try await fixture.sync(slots: 2)
        #expect(await loop.observers.count == 1)
        _ = try await loop.propose(proposal(1), key: nil, to: sweep)
        let page = try await news
        #expect(page.items.map(\.state) == [.running] && page.wanted == 1)
        // The end of the wait, and the end of the sweep.
        async let silent = loop.observations(of: sweep, after: page.cursor, limit: 10, wanted: 2, waitSeconds: 5)
        while await loop.observers.count == 0 { await Task.yield() }
        fixture.clock.advance(bySeconds: 5)
        #expect(try await silent.items.isEmpty)
        async let last = loop.observations(of: sweep, after: page.cursor, limit: 10, wanted: 9, waitSeconds: 50)
        while await loop.observers.count == 0 { await Task.yield() }
        _ = try await loop.apply(.sweepCancelled(sweep))
        #expect(try await last.state == .cancelled)
    }
}
