import HyperSchedProtocol

/// Reports to the agent that runs this process's trial: `HYPERSCHED_REPORT_URL` (docs/TRIAL_CONTRACT.md).
public struct ReportClient: Sendable {
    /// What the agent answers.
    public struct Advice: Hashable, Sendable, Codable {
        /// `continue`, `checkpoint` or `stop`.
        public var action: String
        public var accepted: Bool
        /// Seconds; nil: no limit.
        public var timeLeftSeconds: Double?
        public var slots: Int

        private enum CodingKeys: String, CodingKey {
            case action, accepted, slots
            case timeLeftSeconds = "time_left_s"
        }
    }

    private let client: DaemonClient
    private let lastPart: String

    /// - Parameters:
    ///   - url: HYPERSCHED_REPORT_URL
    ///   - token: HYPERSCHED_TOKEN
    /// - Returns: nil where the address has no path.
    public init?(url: String, token: String, retry: CallRetry = CallRetry()) {
        guard let slash = url.lastIndex(of: "/"), url[..<slash].count > "https://".count else { return nil }
        client = DaemonClient(url: String(url[..<slash]), token: token, retry: retry, timeoutSeconds: 30)
        lastPart = String(url[url.index(after: slash)...])
    }

    /// Sends one JSON object, or an array of them.
    /// - Parameter key: with the same one it is taken once, however often it is sent; so it is sent again while the
    ///   agent can not be reached.
    public func report(_ body: [UInt8], key: String) async throws(ClientError) -> Advice {
        var request = WireRequest(method: "POST", path: [lastPart], isRepeatable: true, isUnderAPI: false)
        request.headers = [("Idempotency-Key", key)]
        request.body = .bytes(body, type: "application/json")
        return try await client.send(request, as: Advice.self)
    }
}
