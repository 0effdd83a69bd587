import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

@Suite final class FileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let attempt = AttemptID(trial: TrialID(7), number: 2)
    /// More than one buffer of libcurl's, and not a multiple of one.
    private let content = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    @Test func aCheckpointIsUploaded() async throws {
        let info = CheckpointInfo(sha256: "ab", size: 3_000_001, step: 5, attempt: attempt, objective: 0.5)
        let server = LoopbackServer { _ in .json(WireCoding.encodeText(info), status: 201) }
        try Data(content).write(to: folder.appendingPathComponent("c.tar"))
        let answer = try await DaemonClient(url: server.url).uploadCheckpoint(
            agent: AgentID("n1"), file: path("c.tar"), attempt: attempt, step: 5, sha256: "ab", objective: 0.5)
        #expect(answer == info)
        let request = try #require(server.requests.first)
        #expect(request.method == "PUT")
        #expect(request.target == "/api/v1/agents/n1/checkpoints?trial=7&attempt=2&step=5&sha256=ab&objective=0.5")
        #expect(request.body == content)
    }

    @Test func anUploadIsRepeatedFromItsStart() async throws {
        let info = CheckpointInfo(sha256: "ab", size: 3_000_001, step: 5, attempt: attempt)
        let server = LoopbackServer { request in
            request.number == 1
                ? LoopbackServer.Response(hangsUp: true) : .json(WireCoding.encodeText(info), status: 201)
        }
        try Data(content).write(to: folder.appendingPathComponent("c.tar"))
        let client = DaemonClient(url: server.url, retry: CallRetry(attempts: 2, firstPause: 0.01))
        _ = try await client.uploadCheckpoint(
            agent: AgentID("n1"), file: path("c.tar"), attempt: attempt, step: 5, sha256: "ab", objective: nil)
        #expect(server.requests.map(\.body) == [content, content])
    }

    @Test func aMissingFileIsNamed() async throws {
        let client = DaemonClient(url: "http://127.0.0.1:1")
        await #expect(throws: ClientError.file(path: path("none"), why: "No such file or directory")) {
            try await client.uploadCheckpoint(
                agent: AgentID("n1"), file: path("none"), attempt: attempt, step: 5, sha256: "ab", objective: nil)
        }
    }

    @Test func aCheckpointIsDownloaded() async throws {
        let server = LoopbackServer { [content] _ in
            LoopbackServer.Response(headers: ["X-Checkpoint-SHA256": "cd"], body: content)
        }
        let client = DaemonClient(url: server.url)
        #expect(try await client.checkpoint(of: TrialID(7), .latest, to: path("x.tar")) == "cd")
        try await client.downloadCheckpoint(sha256: "cd", to: path("y.tar"))
        #expect(try Data(contentsOf: folder.appendingPathComponent("x.tar")) == Data(content))
        #expect(names.sorted() == ["x.tar", "y.tar"])
        #expect(
            server.requests.map(\.target) == ["/api/v1/trials/7/checkpoint?which=latest", "/api/v1/checkpoints/cd"])
    }

    @Test func aBrokenDownloadLeavesNothingBehind() async throws {
        let server = LoopbackServer { [content] _ in LoopbackServer.Response(body: content, cutAfter: 1_000_000) }
        let client = DaemonClient(url: server.url, retry: CallRetry(attempts: 2, firstPause: 0.01))
        await #expect(throws: ClientError.self) { try await client.downloadCheckpoint(sha256: "cd", to: path("x.tar")) }
        #expect(server.requests.count == 2)
        #expect(names == [])
    }

    @Test func aRefusedDownloadLeavesNothingBehind() async throws {
        let problem = Problem(status: 404, code: "not_found", title: "no such checkpoint")
        let server = LoopbackServer { _ in .json(WireCoding.encodeText(problem), status: 404) }
        await #expect(throws: ClientError.problem(problem)) {
            try await DaemonClient(url: server.url).downloadCheckpoint(sha256: "cd", to: path("x.tar"))
        }
        #expect(names == [])
    }

    @Test func aFileThatCanNotBeWrittenIsNamed() async throws {
        let server = LoopbackServer { [content] _ in LoopbackServer.Response(body: content) }
        await #expect {
            try await DaemonClient(url: server.url).downloadCheckpoint(sha256: "cd", to: path("none/x.tar"))
        } throws: { error in
            guard case .file(_, let why)? = error as? ClientError else { return false }
            return why == "No such file or directory"
        }
    }

    @Test func anEmptyFileIsAFile() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response() }
        try await DaemonClient(url: server.url).downloadCheckpoint(sha256: "cd", to: path("x.tar"))
        #expect(names == ["x.tar"])
    }

    @Test func logsAreAppendedAtTheirPlace() async throws {
        let server = LoopbackServer { _ in LoopbackServer.Response(status: 204) }
        let client = DaemonClient(url: server.url)
        try await client.appendLog(agent: AgentID("n1"), attempt: attempt, offset: 12, bytes: [0, 255, 10])
        #expect(server.requests.map(\.target) == ["/api/v1/agents/n1/logs?trial=7&attempt=2&offset=12"])
        #expect(server.requests.map(\.body) == [[0, 255, 10]])
    }
}
