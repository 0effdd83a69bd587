public import HyperSchedProtocol

/// The routes that agents use.
extension DaemonClient {
    /// Says what the agent has and learns all it should do. Waits up to `message.waitSeconds` for something newer than
    /// `message.seenVersion`. Never repeated by itself, because the lease counts from the moment of sending.
    public func sync(agent: AgentID, _ message: AgentSync) async throws(ClientError) -> DesiredState {
        var request = WireRequest.post("agents", agent.rawValue, "sync", isRepeatable: false)
        request.body = .json(message)
        request.timeoutSeconds = message.waitSeconds + 10
        return try await send(request, as: DesiredState.self)
    }

    /// Hands over reports and ends of attempts; they are durable when this returns. Repeating it changes nothing.
    public func report(agent: AgentID, _ batch: ReportBatch) async throws(ClientError) -> ReportReceipt {
        var request = WireRequest.post("agents", agent.rawValue, "reports", isRepeatable: true)
        request.body = .json(batch)
        return try await send(request, as: ReportReceipt.self)
    }

    /// Streams a checkpoint archive; it is durable when this returns.
    /// - Parameters:
    ///   - file: path of a tar archive.
    ///   - sha256: of the file, 64 lower-case hexadecimal digits.
    /// - Throws: ``ClientError/problem(_:)`` with status 409 where the attempt is no longer the trial's live one.
    public func uploadCheckpoint(
        agent: AgentID, file: String, attempt: AttemptID, step: Int, sha256: String, objective: MetricValue?
    ) async throws(ClientError) -> CheckpointInfo {
        var request = WireRequest(method: "PUT", path: ["agents", agent.rawValue, "checkpoints"], isRepeatable: true)
        request.query = [
            ("trial", "\(attempt.trial)"), ("attempt", "\(attempt.number)"), ("step", "\(step)"), ("sha256", sha256),
            ("objective", objective.map(Self.text)),
        ]
        request.body = .file(file)
        return try await send(request, as: CheckpointInfo.self)
    }

    /// Tells of an archive that was stored where ``CheckpointInfo/place`` says.
    /// - Throws: ``ClientError/problem(_:)`` with status 409 where the attempt is no longer the trial's live one.
    public func announceCheckpoint(agent: AgentID, _ info: CheckpointInfo) async throws(ClientError) -> CheckpointInfo {
        var request = WireRequest.post("agents", agent.rawValue, "checkpoints", isRepeatable: true)
        request.body = .json(info)
        return try await send(request, as: CheckpointInfo.self)
    }

    /// Streams a checkpoint archive to `file`, which appears whole or not at all. The caller checks the digest.
    public func downloadCheckpoint(sha256: String, to file: String) async throws(ClientError) {
        var request = WireRequest.get("checkpoints", sha256)
        request.sink = .file(file)
        _ = try await send(request)
    }

    /// Appends bytes to an attempt's log. `offset` is that of the first byte within the attempt's log, so that
    /// repeating the call changes nothing.
    public func appendLog(
        agent: AgentID, attempt: AttemptID, offset: Int64, bytes: [UInt8]
    ) async throws(ClientError) {
        var request = WireRequest.post("agents", agent.rawValue, "logs", isRepeatable: true)
        request.query = [
            ("trial", "\(attempt.trial)"), ("attempt", "\(attempt.number)"), ("offset", "\(offset)"),
        ]
        request.body = .bytes(bytes, type: "application/octet-stream")
        _ = try await send(request)
    }

    /// NaN and the infinities in the words of ``MetricValue``.
    private static func text(_ value: MetricValue) -> String {
        if value.isFinite { return "\(value.number)" }
        return value.number.isNaN ? "NaN" : value.number > 0 ? "Infinity" : "-Infinity"
    }
}

extension WireRequest.Body {
    static func json(_ message: some Encodable) -> Self {
        .bytes(WireCoding.encode(message), type: "application/json")
    }
}
