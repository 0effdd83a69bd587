import HyperSchedClient
import HyperSchedProtocol
import Testing

@Suite struct RetryTests {
    private let fast = CallRetry(attempts: 4, firstPause: 0.01, longestPause: 0.02)
    private let receipt = #"{"accepted":1,"duplicate":0,"stale":0}"#

    @Test func repeatableCallsAreRepeated() async throws {
        let server = LoopbackServer { [receipt] request in
            switch request.number {
            case 1: LoopbackServer.Response(hangsUp: true)
            case 2: .json(WireCoding.encodeText(Problem(status: 503, code: "busy", title: "busy")), status: 503)
            default: .json(receipt)
            }
        }
        let client = DaemonClient(url: server.url, retry: fast)
        let batch = ReportBatch(session: "s", reports: [], ended: [])
        #expect(try await client.report(agent: AgentID("n1"), batch) == ReportReceipt(accepted: 1))
        #expect(server.requests.count == 3)
        #expect(server.requests.allSatisfy { $0.body == WireCoding.encode(batch) })
    }

    @Test func theLastErrorIsThrown() async throws {
        let problem = Problem(status: 503, code: "busy", title: "busy")
        let server = LoopbackServer { _ in .json(WireCoding.encodeText(problem), status: 503) }
        await #expect(throws: ClientError.problem(problem)) {
            try await DaemonClient(url: server.url, retry: fast).agents()
        }
        #expect(server.requests.count == 4)
    }

    @Test func refusalsAreNotRepeated() async throws {
        let problem = Problem(status: 409, code: "stale_attempt", title: "stale")
        let server = LoopbackServer { _ in .json(WireCoding.encodeText(problem), status: 409) }
        await #expect(throws: ClientError.problem(problem)) {
            try await DaemonClient(url: server.url, retry: fast).agents()
        }
        #expect(server.requests.count == 1)
    }

    @Test func aSyncIsNeverRepeated() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(hangsUp: true) }
        let sync = AgentSync(
            session: "s", slots: [], labels: [:], attempts: [], seenVersion: 0, waitSeconds: 1, version: "1")
        await #expect(throws: ClientError.self) {
            try await DaemonClient(url: server.url, retry: fast).sync(agent: AgentID("n1"), sync)
        }
        #expect(server.requests.count == 1)
    }

    @Test func aSweepWithoutAKeyIsSubmittedOnce() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(hangsUp: true) }
        let client = DaemonClient(url: server.url, retry: fast)
        await #expect(throws: ClientError.self) { try await client.submitSweep(file: "", idempotencyKey: nil) }
        #expect(server.requests.count == 1)
        await #expect(throws: ClientError.self) { try await client.submitSweep(file: "", idempotencyKey: "k") }
        #expect(server.requests.count == 5)
    }

    @Test func aPauseBetweenCallsCanBeCancelled() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(hangsUp: true) }
        let client = DaemonClient(url: server.url, retry: CallRetry(attempts: 2, firstPause: 60, longestPause: 60))
        let call = Task { try await client.agents() }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(50))
        call.cancel()
        await #expect(throws: ClientError.cancelled) { try await call.value }
    }
}
