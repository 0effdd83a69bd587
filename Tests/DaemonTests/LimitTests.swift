import Foundation
import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// Slow and greedy clients.
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    private static let head = "POST /api/v1/sweeps HTTP/1.1\r\nHost: localhost\r\n"

    private func daemon() async throws -> LiveDaemon {
        var limits = HTTPLimits()
        limits.headSeconds = 0.3
        limits.bodySeconds = 0.3
        limits.bodyBytesPerSecond = 1e6
        limits.unreadSeconds = 0.3
        limits.idleSeconds = 0.3
        return try await LiveDaemon(limits: limits)
    }

    /// The daemon hangs up: the test would not end otherwise.
    @Test(arguments: ["", "GET", head, head + "Content-Length: 100\r\n\r\nabc"])
    func whoSendsNoMoreIsCutOff(text: String) async throws {
        let daemon = try await daemon()
        let answer = try await daemon.client.drip(text, every: nil)
        #expect(!answer.contains("201"))
    }

    /// One byte now and then is no progress.
    @Test(arguments: [head + "X-Long: ", head + "Content-Length: 100000\r\n\r\n"])
    func whoSendsTooSlowlyIsCutOff(text: String) async throws {
        let daemon = try await daemon()
        _ = try await daemon.client.drip(text, every: .milliseconds(20))
    }

    @Test func whoDoesNotReadIsCutOff() async throws {
        let daemon = try await daemon()
        // Large enough that it does not fit into the buffers of the kernel.
        let archive = [UInt8](repeating: 7, count: 1 << 20)
        let attempt = try await daemon.runningAttempt()
        for step in 1...2 {
            #expect(try await daemon.upload(archive, attempt, step: step, objective: "1").status == 201)
        }
        let path = "/api/v1/checkpoints/\(SHA256.hex(of: archive))"
        let requests = String(repeating: "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 64)
        let received = try await daemon.client.stall(requests)
        #expect(received < 64 << 20)
    }

    /// A long poll is no slow client.
    @Test func whoWaitsForNewsIsNotCutOff() async throws {
        let daemon = try await daemon()
        let first = try await daemon.sync()
        let second = try await daemon.sync(seen: first.version, wait: 1.2)
        #expect(second.version == first.version)
    }

    @Test func headersHaveALimit() async throws {
        let daemon = try await LiveDaemon()
        let long = try await daemon.client.drip(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n",
            every: nil)
        #expect(!long.contains("alive"))
        let many = (0..<200).map { "X-\($0): y\r\n" }.joined()
        let refused = try await daemon.client.drip(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\(many)\r\n", every: nil)
        #expect(!refused.contains("alive"))
        let fine = (0..<50).map { "X-\($0): y\r\n" }.joined()
        let taken = try await daemon.client.drip(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(fine)\r\n", every: nil)
        #expect(taken.contains("alive"))
    }

    /// More connections than allowed wait until others are closed; nobody is lost.
    @Test func connectionsWaitForTheirTurn() async throws {
        let daemon = try await LiveDaemon(limits: HTTPLimits(connections: 8))
        let first = try await daemon.sync()
        let client = daemon.client
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...8 {
                group.addTask {
                    _ = try await daemon.sync("a", seen: first.version, wait: 0.5); return 200
                }
            }
            for _ in 1...30 { group.addTask { try await client.get("/healthz").status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count == 38 && statuses.allSatisfy { $0 == 200 })
    }

    /// Nested as deep as a message can be, an alias of aliases, names without end.
    @Test(arguments: [
        String(repeating: "[", count: 200_000), String(repeating: "- ", count: 100_000),
        String(repeating: "{a: ", count: 50_000), "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "name: \(String(repeating: "n", count: 200_000))\n", "? " + String(repeating: "? ", count: 100_000),
        String(repeating: "!!map ", count: 30_000), "a: " + String(repeating: "&a ", count: 60_000),
    ])
    func hostileSweepFilesAreRefused(text: String) async throws {
        let daemon = try await LiveDaemon()
        let answer = try await daemon.client.post("/api/v1/sweeps", text: text)
        #expect(answer.status == 422, "\(answer.text.prefix(300))")
        #expect(answer.body.count < 20_000)
        #expect(try await daemon.client.get("/healthz").status == 200)
    }

    @Test func hostileMessagesAreRefused() async throws {
        let daemon = try await LiveDaemon()
        for text in [
            String(repeating: "[", count: 1_000_000), String(repeating: #"{"a":"#, count: 500_000),
            #"{"session": "\#(String(repeating: "s", count: 3_000_000))"}"#, "\u{0}\u{1}", "1e999999",
        ] {
            let answer = try await daemon.client.post("/api/v1/agents/node/sync", text: text)
            #expect(answer.status == 400 || answer.status == 422, "\(answer.text.prefix(300))")
        }
    }
}
