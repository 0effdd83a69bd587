import Foundation
import HyperSchedProtocol
import Logging

@testable import DaemonCore

/// A daemon on a free port of this process, with a data directory of its own.
final class LiveDaemon: Sendable {
    let directory: String
    let client: SocketClient
    private let task: Task<Void, Never>

    /// - Parameter change: what is to be other than by default.
    init(
        checkpointBytes: Int64 = 1 << 20, checkpointReserveBytes: Int64 = 0, logger: Logger? = nil,
        directory: String? = nil, limits: HTTPLimits? = nil, _ change: (inout DaemonSettings) -> Void = { _ in }
    ) async throws {
        self.directory =
            directory ?? NSTemporaryDirectory() + "hypersched-live-\(UInt64.random(in: 0 ... .max))"
        var settings = DaemonSettings(dataDirectory: self.directory)
        settings.listen.port = 0
        settings.checkpointBytes = checkpointBytes
        settings.checkpointReserveBytes = checkpointReserveBytes
        change(&settings)
        var daemon = try await Daemon(
            settings: settings, logger: logger ?? Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        if let limits { daemon.limits = limits }
        let (ports, port) = AsyncStream<Int>.makeStream()
        task = Task { [daemon] in
            try? await daemon.run(signals: false) { address in port.yield(address.port) }
            port.finish()
        }
        guard let first = await ports.first(where: { _ in true }) else { throw StringError("the daemon did not start") }
        client = SocketClient(port: first)
    }

    deinit {
        task.cancel()
        try? FileManager.default.removeItem(atPath: directory)
    }

    static let sweepFile = """
        name: live
        command: [python, train.py]
        method: random
        metric: {name: acc, goal: maximize}
        parameters: {lr: {min: 0.1, max: 1.0}}
        hypersched: {in: 1h, policy: fifo, steps: {min: 1, max: 9}}
        """

    func sync(_ agent: String = "node", attempts: [AttemptID] = [], seen: Int64 = 0, wait: Double = 0) async throws
        -> DesiredState
    {
        let message = AgentSync(
            session: "s", slots: [Slot(index: 0, kind: .cpu)], labels: [:], attempts: attempts, seenVersion: seen,
            waitSeconds: wait, version: "1")
        return try await client.post("/api/v1/agents/\(agent)/sync", message).message(DesiredState.self)
    }

    /// A sweep whose first trial runs on `node`.
    /// - Parameter store: `hypersched.checkpoint.store`, where it is not the daemon's.
    func runningAttempt(store: String? = nil) async throws -> AttemptID {
        let more = store.map { "\n---\nhypersched: {checkpoint: {store: \"\($0)\"}}" } ?? ""
        _ = try await client.post("/api/v1/sweeps", text: Self.sweepFile + more)
        guard let attempt = try await sync().assignments.first?.attempt else { throw StringError("nothing runs") }
        return attempt
    }

    func report(_ attempt: AttemptID, sequence: Int64, step: Int, _ score: Double) async throws -> SocketClient.Answer {
        let report = TrialReport(
            attempt: attempt, sequence: sequence, step: step, metrics: ["acc": MetricValue(score)],
            elapsedSeconds: Double(step))
        return try await client.post(
            "/api/v1/agents/node/reports", ReportBatch(session: "s", reports: [report], ended: []))
    }

    func upload(
        _ bytes: [UInt8], _ attempt: AttemptID, step: Int = 1, sha256: String? = nil, objective: String? = nil,
        agent: String = "node", announced: Int? = nil
    ) async throws -> SocketClient.Answer {
        var path = "/api/v1/agents/\(agent)/checkpoints?trial=\(attempt.trial)&attempt=\(attempt.number)&step=\(step)"
        path += "&sha256=\(sha256 ?? SHA256.hex(of: bytes))"
        if let objective { path += "&objective=\(objective)" }
        return try await client.send("PUT", path, body: bytes, announced: announced)
    }

    /// Archives in the store, by digest.
    var archives: [String] {
        (FileManager.default.enumerator(atPath: directory + "/checkpoints")?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix(".tar") }.map { String($0.suffix(68).prefix(64)) }.sorted()
    }
}
