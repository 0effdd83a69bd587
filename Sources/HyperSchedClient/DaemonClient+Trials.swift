public import HyperSchedProtocol

/// Trials.
extension DaemonClient {
    public enum CheckpointChoice: String, Hashable, Sendable, CaseIterable { case best, latest }

    public func trial(_ id: TrialID) async throws(ClientError) -> TrialDetail {
        try await send(.get("trials", "\(id)"), as: TrialDetail.self)
    }

    /// In the order of arrival.
    public func curve(of id: TrialID, _ page: PageRequest = PageRequest()) async throws(ClientError)
        -> Page<CurvePoint>
    {
        try await send(.get("trials", "\(id)", "curve", query: page.query), as: Page<CurvePoint>.self)
    }

    public func decisions(of id: TrialID, _ page: PageRequest = PageRequest()) async throws(ClientError)
        -> Page<Decision>
    {
        try await send(.get("trials", "\(id)", "decisions", query: page.query), as: Page<Decision>.self)
    }

    /// Bytes of what the trial's program wrote.
    /// - Parameters:
    ///   - attempt: nil: the latest one.
    ///   - offset: of the first byte wanted.
    ///   - limit: bytes at most; nil: the daemon's choice.
    public func logs(of id: TrialID, attempt: Int? = nil, offset: Int64 = 0, limit: Int? = nil)
        async throws(ClientError) -> [UInt8]
    {
        let request = WireRequest.get(
            "trials", "\(id)", "logs",
            query: [("attempt", attempt.map(String.init)), ("offset", "\(offset)"), ("limit", limit.map(String.init))])
        return try await send(request).body
    }

    /// Streams a trial's checkpoint archive to `file`, which appears whole or not at all.
    /// - Returns: the SHA-256 that the archive should have.
    public func checkpoint(of id: TrialID, _ choice: CheckpointChoice = .best, to file: String)
        async throws(ClientError) -> String
    {
        var request = WireRequest.get("trials", "\(id)", "checkpoint", query: [("which", choice.rawValue)])
        request.sink = .file(file)
        let answer = try await send(request)
        guard let digest = answer.headers["x-checkpoint-sha256"] else {
            throw .badAnswer(url: request.address(under: url), why: "the header X-Checkpoint-SHA256 is missing")
        }
        return digest
    }
}
