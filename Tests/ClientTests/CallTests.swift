import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Synchronization
import Testing

@Suite struct CallTests {
    private let agentJSON = """
        {"id":"n1","state":"live","slots":[],"labels":{},"attempts":[],"slotsHeld":0,"lastSyncSeconds":1,"version":"1"}
        """

    @Test func anAnswerIsRead() async throws {
        let server = LoopbackServer { [agentJSON] _ in .json(agentJSON) }
        let summary = try await DaemonClient(url: server.url + "/", token: "secret").drain(AgentID("n 1/x"))
        #expect(summary.id == AgentID("n1"))
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/api/v1/agents/n%201%2Fx/drain")
        #expect(request.headers["authorization"] == "Bearer secret")
        #expect(request.headers["content-length"] == "0")
    }

    @Test func rootRoutesHaveNoPrefix() async throws {
        let server = LoopbackServer { _ in .json(#"{"name":"hyperschedd","version":"0.1.0","schema":1}"#) }
        #expect(try await DaemonClient(url: server.url).version().schema == 1)
        #expect(server.requests.map(\.target) == ["/version"])
    }

    @Test func pagesAreAskedForByQuery() async throws {
        let server = LoopbackServer { _ in .json(#"{"items":[],"nextCursor":"b"}"#) }
        let page = try await DaemonClient(url: server.url).sweeps(PageRequest(limit: 5, cursor: "a+b&c"))
        #expect(page.nextCursor == "b")
        #expect(server.requests.map(\.target) == ["/api/v1/sweeps?limit=5&cursor=a%2Bb%26c"])
    }

    @Test func aSweepFileIsSentAsItIs() async throws {
        let problem = Problem(
            status: 422, code: "invalid_sweep", title: "the sweep file can not be used",
            errors: [Problem.FieldError(field: "method", message: "line 1: missing", fix: "write 'method: random'")])
        let server = LoopbackServer { _ in .json(WireCoding.encodeText(problem), status: 422) }
        await #expect(throws: ClientError.problem(problem)) {
            try await DaemonClient(url: server.url).submitSweep(file: "a: é\n", idempotencyKey: "k")
        }
        #expect(server.requests.count == 1)
        #expect(server.requests[0].body == Array("a: é\n".utf8))
        #expect(server.requests[0].headers["idempotency-key"] == "k")
        #expect(
            ClientError.problem(problem).description == """
                the sweep file can not be used
                  method: line 1: missing
                    fix: write 'method: random'
                """)
    }

    @Test func anErrorWithoutAProblemKeepsItsStatus() async throws {
        let server = LoopbackServer { _ in
            LoopbackServer.Response(status: 500, headers: [:], body: Array("<html>".utf8))
        }
        await #expect {
            try await DaemonClient(url: server.url).sweep(SweepID(1))
        } throws: { error in
            guard case .problem(let problem)? = error as? ClientError else { return false }
            return problem.status == 500 && problem.detail == "<html>"
        }
    }

    @Test func nonsenseIsABadAnswer() async throws {
        let server = LoopbackServer { _ in .json(#"{"items":3}"#) }
        await #expect {
            try await DaemonClient(url: server.url).sweeps()
        } throws: { error in
            guard case .badAnswer(_, let why)? = error as? ClientError else { return false }
            return why.hasPrefix("items")
        }
    }

    @Test func aDeadDaemonIsUnreachable() async throws {
        let server = LoopbackServer { _ in .json("{}") }
        server.stop()
        let client = DaemonClient(url: server.url, retry: .never)
        await #expect {
            try await client.sweeps()
        } throws: { error in
            guard case .unreachable(let url, _)? = error as? ClientError else { return false }
            return url == server.url
        }
        await #expect {
            try await DaemonClient(url: "ftp://127.0.0.1:1", retry: .never).sweeps()
        } throws: { error in
            guard case .unreachable(_, let why)? = error as? ClientError else { return false }
            return why == "not a http:// or https:// address"
        }
    }

    @Test func aSilentDaemonTimesOut() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(delay: 5) }
        let client = DaemonClient(url: server.url, retry: .never, timeoutSeconds: 0.2)
        await #expect(throws: ClientError.timedOut(url: server.url, seconds: 0.2)) { try await client.sweeps() }
    }

    @Test func connectionsAreUsedAgain() async throws {
        let server = LoopbackServer { [agentJSON] _ in .json(agentJSON) }
        let client = DaemonClient(url: server.url)
        for _ in 0..<20 { _ = try await client.agent(AgentID("n1")) }
        #expect(server.requests.count == 20)
        #expect(server.connections == 1)
    }

    @Test func manyCallsRunAtOnce() async throws {
        // Nobody is answered before all have asked: calls that waited for one another would never end well.
        let everybody = Rendezvous(count: 40)
        let server = LoopbackServer { [agentJSON] _ in
            everybody.arrive()
            return .json(agentJSON)
        }
        let client = DaemonClient(url: server.url, retry: .never, timeoutSeconds: 100)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { (try? await client.agent(AgentID("n1"))) != nil } }
            for await ok in group { #expect(ok) }
        }
    }

    @Test(.timeLimit(.minutes(2))) func aCancelledCallEndsAtOnce() async throws {
        // The answer would come long after the time limit.
        let server = LoopbackServer { _ in LoopbackServer.Response(delay: 600) }
        let client = DaemonClient(url: server.url, timeoutSeconds: 1200)
        let call = Task { () -> ClientError? in
            do throws(ClientError) {
                _ = try await client.sweeps()
                return nil
            } catch { return error }
        }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        call.cancel()
        #expect(await call.value == .cancelled)
    }
}

/// Lets nobody go on before so many have arrived.
private final class Rendezvous: Sendable {
    private let condition = NSCondition()
    private let missing: Mutex<Int>

    init(count: Int) { missing = Mutex(count) }

    func arrive() {
        condition.lock()
        defer { condition.unlock() }
        missing.withLock { $0 -= 1 }
        condition.broadcast()
        while missing.withLock({ $0 > 0 }) { condition.wait() }
    }
}
