import HyperSchedClient
import HyperSchedProtocol
import Testing

/// What the client says to the daemon for `method: external`, word for word.
@Suite struct ProposalCallTests {
    private static let observation = """
        {"number":7,"trial":4,"index":3,"configuration":{"lr":0.5,"sgd":{"momentum":0.25}},"key":"k","state":"waiting",
         "rungs":[{"step":1,"value":"NaN"}],"lastStep":0}
        """

    private static let configuration = Configuration(entries: [
        .init(name: "lr", groups: [], value: .real(0.5)),
        .init(name: "sgd.momentum", groups: ["sgd"], value: .real(0.25)),
    ])

    @Test func aProposalGoesWithItsKeyAndComesBackAsATrial() async throws {
        let server = LoopbackServer { _ in .json(Self.observation, status: 201) }
        let trial = try await DaemonClient(url: server.url).propose(
            ConfigurationProposal(configuration: Self.configuration), to: SweepID(12), idempotencyKey: "k")
        #expect(trial.trial == TrialID(4) && trial.state == .waiting && trial.number == 7)
        #expect(trial.rungs.count == 1 && trial.rungs[0].value.number.isNaN)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.target == "/api/v1/sweeps/12/configurations")
        #expect(request.headers["idempotency-key"] == "k")
        let sent = try WireCoding.decode(
            ConfigurationProposal.self, from: String(decoding: request.body, as: UTF8.self))
        #expect(sent.allowDuplicate == nil)
        #expect(String(decoding: request.body, as: UTF8.self).contains(#""sgd":{"momentum":0.25}"#))
    }

    @Test func withoutAKeyAProposalIsSentOnce() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(hangsUp: true) }
        await #expect(throws: ClientError.self) {
            try await DaemonClient(url: server.url).propose(
                ConfigurationProposal(configuration: Self.configuration), to: SweepID(12), idempotencyKey: nil)
        }
        #expect(server.requests.count == 1, "another one could make a second trial")
        #expect(server.requests.first?.headers["idempotency-key"] == nil)
    }

    @Test func withAKeyItIsSentAgain() async throws {
        let server = LoopbackServer { request in
            request.number == 1 ? LoopbackServer.Response(hangsUp: true) : .json(Self.observation)
        }
        let proposal = ConfigurationProposal(configuration: Self.configuration, allowDuplicate: true)
        let trial = try await DaemonClient(url: server.url).propose(
            proposal, to: SweepID(12), idempotencyKey: "k")
        #expect(trial.trial == TrialID(4) && server.requests.count == 2)
        #expect(server.requests.allSatisfy { $0.headers["idempotency-key"] == "k" })
        #expect(String(decoding: server.requests[1].body, as: UTF8.self).contains(#""allowDuplicate":true"#))
    }

    @Test func refusalsNameTheField() async throws {
        let problem = Problem(
            status: 422, code: "invalid_configuration", title: "the configuration can not be used",
            errors: [Problem.FieldError(field: "configuration.lr", message: "2 is above max", fix: "at most 1")])
        let server = LoopbackServer { _ in .json(WireCoding.encodeText(problem), status: 422) }
        await #expect(throws: ClientError.problem(problem)) {
            try await DaemonClient(url: server.url).propose(
                ConfigurationProposal(configuration: Self.configuration), to: SweepID(12), idempotencyKey: "k")
        }
    }

    @Test func observationsAreAskedForFromTheCursorOn() async throws {
        let server = LoopbackServer { _ in
            .json(
                #"{"items":["# + Self.observation + #"],"cursor":7,"hasMore":false,"wanted":2,"state":"running","#
                    + #""metric":{"name":"loss","goal":"minimize"}}"#)
        }
        let page = try await DaemonClient(url: server.url)
            .observations(of: SweepID(12), after: 3, limit: 5, waitSeconds: 1.5, wanted: 1)
        #expect(page.cursor == 7 && page.wanted == 2 && page.items.map(\.trial) == [TrialID(4)])
        #expect(page.items[0].configuration == Self.configuration)
        #expect(
            server.requests.map(\.target)
                == ["/api/v1/sweeps/12/observations?after=3&limit=5&wait=1.5&wanted=1"])
    }

    @Test func closingSaysSo() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(status: 204) }
        try await DaemonClient(url: server.url).closeProposals(of: SweepID(12))
        #expect(server.requests.map(\.target) == ["/api/v1/sweeps/12/configurations/close"])
    }
}
