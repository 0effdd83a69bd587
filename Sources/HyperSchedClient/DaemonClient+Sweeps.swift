public import HyperSchedProtocol

/// Where a listing goes on, and how much of it is wanted.
public struct PageRequest: Hashable, Sendable {
    public var limit: Int?
    /// ``Page/nextCursor`` of the page before.
    public var cursor: String?

    public init(limit: Int? = nil, cursor: String? = nil) {
        self.limit = limit
        self.cursor = cursor
    }

    var query: [(name: String, value: String?)] { [("limit", limit.map(String.init)), ("cursor", cursor)] }
}

/// Sweeps.
extension DaemonClient {
    /// Submits the text of a sweep file (YAML or JSON). With a key the call may be repeated: the daemon answers with
    /// the sweep that it has made for the key.
    /// - Throws: ``ClientError/problem(_:)`` with code `invalid_sweep` and one entry for each mistake in the file.
    public func submitSweep(file text: String, idempotencyKey: String?) async throws(ClientError) -> SweepSummary {
        var request = WireRequest.post("sweeps", isRepeatable: idempotencyKey != nil)
        request.body = .bytes(Array(text.utf8), type: "application/yaml")
        if let idempotencyKey { request.headers.append(("Idempotency-Key", idempotencyKey)) }
        return try await send(request, as: SweepSummary.self)
    }

    /// What the daemon makes of a sweep file; nothing is started.
    public func explainSweep(file text: String) async throws(ClientError) -> SweepExplanation {
        var request = WireRequest.post("sweeps", "explain", isRepeatable: true)
        request.body = .bytes(Array(text.utf8), type: "application/yaml")
        return try await send(request, as: SweepExplanation.self)
    }

    public func sweeps(_ page: PageRequest = PageRequest()) async throws(ClientError) -> Page<SweepSummary> {
        try await send(.get("sweeps", query: page.query), as: Page<SweepSummary>.self)
    }

    public func sweep(_ id: SweepID) async throws(ClientError) -> SweepSummary {
        try await send(.get("sweeps", "\(id)"), as: SweepSummary.self)
    }

    /// Cancelling a sweep that has ended changes nothing.
    public func cancelSweep(_ id: SweepID) async throws(ClientError) -> SweepSummary {
        try await send(.post("sweeps", "\(id)", "cancel", isRepeatable: true), as: SweepSummary.self)
    }

    /// Moves the deadline to a later instant; a sweep that has ended goes on.
    public func extendSweep(_ id: SweepID, to deadline: Timestamp) async throws(ClientError) -> SweepSummary {
        var request = WireRequest.post("sweeps", "\(id)", "extend", isRepeatable: true)
        request.body = .bytes(WireCoding.encode(SweepExtension(deadline: deadline)), type: "application/json")
        return try await send(request, as: SweepSummary.self)
    }

    /// Changes priority, weight or budget.
    public func adjustSweep(_ id: SweepID, _ adjustment: SweepAdjustment) async throws(ClientError) -> SweepSummary {
        var request = WireRequest.post("sweeps", "\(id)", "adjust", isRepeatable: true)
        request.body = .bytes(WireCoding.encode(adjustment), type: "application/json")
        return try await send(request, as: SweepSummary.self)
    }

    /// Best trial first.
    public func ranking(of id: SweepID, _ page: PageRequest = PageRequest()) async throws(ClientError)
        -> Page<RankedTrial>
    {
        try await send(.get("sweeps", "\(id)", "ranking", query: page.query), as: Page<RankedTrial>.self)
    }

    /// By start time.
    public func attempts(of id: SweepID, _ page: PageRequest = PageRequest()) async throws(ClientError)
        -> Page<AttemptRecord>
    {
        try await send(.get("sweeps", "\(id)", "attempts", query: page.query), as: Page<AttemptRecord>.self)
    }

    public func decisions(of id: SweepID, _ page: PageRequest = PageRequest()) async throws(ClientError)
        -> Page<Decision>
    {
        try await send(.get("sweeps", "\(id)", "decisions", query: page.query), as: Page<Decision>.self)
    }

    /// Writes the sweep as one HTML page to `file`, which appears whole or not at all.
    public func report(of id: SweepID, to file: String) async throws(ClientError) {
        var request = WireRequest.get("sweeps", "\(id)", "report")
        request.sink = .file(file)
        _ = try await send(request)
    }

    /// How good forecasts were.
    /// - Parameter limit: of the newest sweeps that have ended; nil: the daemon's choice.
    public func calibration(limit: Int? = nil) async throws(ClientError) -> ForecastCalibration {
        try await send(.get("forecasts", query: [("limit", limit.map(String.init))]), as: ForecastCalibration.self)
    }
}
