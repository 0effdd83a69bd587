public import HyperSchedProtocol

/// Sweeps with `method: external`: this program proposes the configurations.
extension DaemonClient {
    /// Proposes a configuration. With a key the call may be repeated: the daemon answers with the trial that it has
    /// made for the key.
    /// - Throws: ``ClientError/problem(_:)`` with code `invalid_configuration` and one entry for each mistake,
    ///   `duplicate_configuration`, `queue_full`, `sweep_over` and others (docs/PROTOCOL.md).
    public func propose(
        _ proposal: ConfigurationProposal, to sweep: SweepID, idempotencyKey: String?
    ) async throws(ClientError) -> TrialObservation {
        var request = WireRequest.post("sweeps", "\(sweep)", "configurations", isRepeatable: idempotencyKey != nil)
        request.body = .json(proposal)
        if let idempotencyKey { request.headers.append(("Idempotency-Key", idempotencyKey)) }
        return try await send(request, as: TrialObservation.self)
    }

    /// Says that no more proposals will come: the sweep ends when its trials have.
    public func closeProposals(of sweep: SweepID) async throws(ClientError) {
        _ = try await send(.post("sweeps", "\(sweep)", "configurations", "close", isRepeatable: true))
    }

    /// What has changed since the cursor.
    /// - Parameters:
    ///   - waitSeconds: how long to wait for a change, or for proposals to be wanted.
    ///   - wanted: proposals that may be wanted without an end of the wait; 0 where the caller can propose.
    public func observations(
        of sweep: SweepID, after cursor: Int64 = 0, limit: Int? = nil, waitSeconds: Double = 0, wanted: Int = 0
    ) async throws(ClientError) -> ObservationPage {
        var request = WireRequest.get("sweeps", "\(sweep)", "observations")
        request.query = [
            ("after", "\(cursor)"), ("limit", limit.map(String.init)), ("wait", "\(waitSeconds)"),
            ("wanted", "\(wanted)"),
        ]
        request.timeoutSeconds = waitSeconds + 10
        return try await send(request, as: ObservationPage.self)
    }
}
