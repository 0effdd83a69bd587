import FoundationEssentials
public import HyperSchedProtocol
public import WorkerAgent

/// A daemon that is a directory: tests write what it wants and read what it was told, from any process.
///
/// `desired.json` is the desired state; `down` makes it unreachable; `refuse-checkpoints` answers 409.
public struct FolderDaemon: DaemonConnection {
    public let path: String

    public init(path: String) throws {
        self.path = path
        for folder in ["checkpoints", "logs"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
        }
    }

    // MARK: The test's side

    /// Replaces the desired state at once.
    public func want(_ state: DesiredState) throws {
        try write(WireCoding.encode(state), "desired.json")
    }

    public func setDown(_ isDown: Bool) throws { try set("down", isDown) }
    public func setRefusingCheckpoints(_ isRefusing: Bool) throws { try set("refuse-checkpoints", isRefusing) }

    public var syncs: [AgentSync] { lines("syncs.jsonl") }
    public var batches: [ReportBatch] { lines("batches.jsonl") }
    public var reports: [TrialReport] { batches.flatMap(\.reports) }
    public var ends: [AttemptEnded] { batches.flatMap(\.ended) }
    public var uploads: [CheckpointInfo] { lines("uploads.jsonl") }

    public func log(of attempt: AttemptID) -> String {
        String(decoding: (try? Data(contentsOf: URL(filePath: "\(path)/logs/\(attempt)"))) ?? Data(), as: UTF8.self)
    }

    public func archive(_ info: CheckpointInfo) -> String { "\(path)/checkpoints/\(info.sha256).tar" }

    // MARK: The agent's side

    public func sync(_ message: AgentSync) async throws(ConnectionFailure) -> DesiredState {
        try check()
        try append(message, to: "syncs.jsonl")
        for _ in 0..<20 {
            if let state = desired(), state.version != message.seenVersion { return state }
            try? await Task.sleep(for: .milliseconds(10))
            try check()
        }
        return desired() ?? DesiredState(version: message.seenVersion, leaseSeconds: 60, assignments: [])
    }

    public func sendReports(_ batch: ReportBatch) async throws(ConnectionFailure) -> ReportReceipt {
        try check()
        try append(batch, to: "batches.jsonl")
        return ReportReceipt(accepted: batch.reports.count + batch.ended.count)
    }

    public func uploadCheckpoint(_ info: CheckpointInfo, file: String) async throws(ConnectionFailure) {
        try check()
        if FileManager.default.fileExists(atPath: path + "/refuse-checkpoints") { throw .stale("not the live attempt") }
        do {
            let bytes = try Data(contentsOf: URL(filePath: file))
            guard SHA256.hex(of: bytes) == info.sha256 else { throw ConnectionFailure.refused(status: 422, "digest") }
            try bytes.write(to: URL(filePath: archive(info)))
        } catch { throw .refused(status: 422, "\(error)") }
        try append(info, to: "uploads.jsonl")
    }

    public func downloadCheckpoint(_ info: CheckpointInfo, to path: String) async throws(ConnectionFailure) {
        try check()
        do {
            try Data(contentsOf: URL(filePath: archive(info))).write(to: URL(filePath: path))
        } catch { throw .refused(status: 404, "\(error)") }
    }

    public func appendLog(_ attempt: AttemptID, offset: Int64, bytes: [UInt8]) async throws(ConnectionFailure) {
        try check()
        guard AppendedFile.write(bytes, at: offset, to: "\(path)/logs/\(attempt)") else {
            throw .refused(status: 422, "a gap in the log")
        }
    }

    // MARK: Files

    private func check() throws(ConnectionFailure) {
        if FileManager.default.fileExists(atPath: path + "/down") { throw .unavailable("down") }
    }

    private func desired() -> DesiredState? {
        guard let data = try? Data(contentsOf: URL(filePath: path + "/desired.json")) else { return nil }
        guard var state = try? WireCoding.decode(DesiredState.self, from: data) else { return nil }
        // As with the real one, an attempt whose end was reported is not wanted any more; without this an agent that is
        // restarted after the report would run it again.
        let over = Set(ends.map(\.attempt))
        state.assignments.removeAll { over.contains($0.attempt) }
        return state
    }

    private func set(_ name: String, _ isSet: Bool) throws {
        if isSet { try write([], name) } else { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }
    }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"), options: .atomic)
    }

    private func append(_ value: some Encodable, to name: String) throws(ConnectionFailure) {
        guard AppendedFile.append(WireCoding.encode(value) + [0x0A], to: "\(path)/\(name)") else {
            throw .unavailable("\(name) can not be written")
        }
    }

    private func lines<Value: Decodable>(_ name: String) -> [Value] {
        guard let data = try? Data(contentsOf: URL(filePath: "\(path)/\(name)")) else { return [] }
        return data.split(separator: 0x0A).compactMap { try? WireCoding.decode(Value.self, from: $0) }
    }
}
