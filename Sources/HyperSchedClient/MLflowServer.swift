public import HyperSchedProtocol

/// A user's own MLflow tracking server, as far as it takes to put finished trials there: REST API 2.0.
public struct MLflowServer: Sendable {
    /// A parameter or a tag.
    public struct Text: Hashable, Sendable, Codable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public struct Point: Hashable, Sendable, Encodable {
        public var key: String
        public var value: MetricValue
        /// Milliseconds since 1970.
        public var timestamp: Int64
        public var step: Int

        public init(key: String, value: MetricValue, timestamp: Int64, step: Int) {
            self.key = key
            self.value = value
            self.timestamp = timestamp
            self.step = step
        }
    }

    /// A run that is there.
    public struct Run: Hashable, Sendable {
        public var id: String
        public var tags: [String: String]
    }

    private let client: DaemonClient
    /// Parts of the path in front of `api`.
    private let prefix: [String]

    /// MLflow's limits on one request.
    private static let (mostPoints, mostTexts) = (1000, 100)

    /// - Parameters:
    ///   - uri: as MLFLOW_TRACKING_URI; user and password may be in it.
    ///   - token: as MLFLOW_TRACKING_TOKEN.
    public init(uri: String, token: String? = nil, retry: CallRetry = CallRetry()) {
        client = DaemonClient(url: uri, token: token, retry: retry, timeoutSeconds: 60)
        prefix = ["api", "2.0", "mlflow"]
    }

    // MARK: Calls

    /// The id of an experiment, which is made where there is none of this name.
    public func experiment(named name: String) async throws(ClientError) -> String {
        do throws(ClientError) {
            var request = request("GET", ["experiments", "get-by-name"])
            request.query = [("experiment_name", name)]
            return try await client.send(request, as: Found.self).experiment.experiment_id
        } catch {
            guard case .problem(let problem) = error, problem.status == 404 else { throw error }
        }
        return try await call(["experiments", "create"], ["name": name], as: Made.self).experiment_id
    }

    /// Runs of an experiment with this value of a tag, deleted ones left out.
    public func runs(experiment: String, tag: Text) async throws(ClientError) -> [Run] {
        var found: [Run] = []
        var token: String?
        repeat {
            let question = Search(
                experiment_ids: [experiment], filter: "tags.`\(tag.key)` = '\(tag.value)'", max_results: 1000,
                page_token: token)
            let page = try await call(["runs", "search"], question, as: RunPage.self)
            found += (page.runs ?? []).map { run in
                let tags = (run.data?.tags ?? []).map { ($0.key, $0.value) }
                return Run(id: run.info.run_id, tags: Dictionary(tags) { $1 })
            }
            token = page.next_page_token.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return found
    }

    /// - Parameter started: milliseconds since 1970.
    public func createRun(experiment: String, name: String, started: Int64, tags: [Text]) async throws(ClientError)
        -> String
    {
        let message = NewRun(experiment_id: experiment, run_name: name, start_time: started, tags: tags)
        return try await call(["runs", "create"], message, as: OneRun.self).run.info.run_id
    }

    /// In as many requests as MLflow's limits ask for.
    public func log(run: String, points: [Point], parameters: [Text]) async throws(ClientError) {
        for start in stride(from: 0, to: parameters.count, by: Self.mostTexts) {
            let piece = Array(parameters[start..<min(start + Self.mostTexts, parameters.count)])
            try await send(["runs", "log-batch"], Batch(run_id: run, params: piece))
        }
        for start in stride(from: 0, to: points.count, by: Self.mostPoints) {
            let piece = Array(points[start..<min(start + Self.mostPoints, points.count)])
            try await send(["runs", "log-batch"], Batch(run_id: run, metrics: piece))
        }
    }

    public func setTags(_ tags: [Text], run: String) async throws(ClientError) {
        try await send(["runs", "log-batch"], Batch(run_id: run, tags: tags))
    }

    /// - Parameters:
    ///   - status: FINISHED, FAILED or KILLED.
    ///   - ended: milliseconds since 1970.
    public func end(run: String, status: String, ended: Int64) async throws(ClientError) {
        try await send(["runs", "update"], EndedRun(run_id: run, status: status, end_time: ended))
    }

    public func delete(run: String) async throws(ClientError) { try await send(["runs", "delete"], ["run_id": run]) }

    // MARK: Parts

    private func request(_ method: String, _ path: [String]) -> WireRequest {
        // Nothing that is sent twice does harm: a run that is made twice is found, and replaced, by its tag.
        WireRequest(method: method, path: prefix + path, isRepeatable: true, isUnderAPI: false)
    }

    private func call<Answer: Decodable>(
        _ path: [String], _ message: some Encodable, as type: Answer.Type
    ) async throws(ClientError) -> Answer {
        var request = request("POST", path)
        request.body = .bytes(WireCoding.encode(message), type: "application/json")
        return try await client.send(request, as: type)
    }

    private func send(_ path: [String], _ message: some Encodable) async throws(ClientError) {
        var request = request("POST", path)
        request.body = .bytes(WireCoding.encode(message), type: "application/json")
        _ = try await client.send(request)
    }
}
