import HyperSchedProtocol

/// The answers, in MLflow's own shape.
enum TrackingAnswers {
    /// The only experiment there is: the sweep, by whatever name it is asked for.
    static let experiment = "0"

    struct Experiment: Encodable {
        var id = TrackingAnswers.experiment
        var name: String
        var artifacts = ""
        var stage = "active"

        private enum CodingKeys: String, CodingKey {
            case id = "experiment_id"
            case name
            case artifacts = "artifact_location"
            case stage = "lifecycle_stage"
        }
    }

    struct Info: Encodable {
        var id: String
        /// The same, for old clients.
        var oldID: String
        var name: String
        var experiment = TrackingAnswers.experiment
        var user: String
        var status: String
        var artifacts: String
        var stage: String
        var started: Int64
        var ended: Int64?

        private enum CodingKeys: String, CodingKey {
            case id = "run_id"
            case oldID = "run_uuid"
            case name = "run_name"
            case experiment = "experiment_id"
            case user = "user_id"
            case status
            case artifacts = "artifact_uri"
            case stage = "lifecycle_stage"
            case started = "start_time"
            case ended = "end_time"
        }

        init(_ run: TrackedRun, artifacts: String) {
            (id, oldID, name, status) = (run.id, run.id, run.name, run.status)
            user = run.tags["mlflow.user"] ?? ""
            self.artifacts = "\(artifacts)/\(run.id)/artifacts"
            stage = run.isDeleted ? "deleted" : "active"
            (started, ended) = (run.started, run.ended)
        }
    }

    struct Contents: Encodable {
        var metrics: [TrackedPoint]
        var params: [TrackedText]
        var tags: [TrackedText]

        init(_ run: TrackedRun) {
            metrics = run.series.keys.sorted().compactMap { run.series[$0]?.latest }
            params = Self.texts(run.parameters)
            tags = Self.texts(run.tags)
        }

        private static func texts(_ values: [String: String]) -> [TrackedText] {
            values.sorted { $0.key < $1.key }.map { TrackedText(key: $0.key, value: $0.value) }
        }
    }

    struct Run: Encodable {
        var info: Info
        var data: Contents

        init(_ run: TrackedRun, artifacts: String) {
            info = Info(run, artifacts: artifacts)
            data = Contents(run)
        }
    }

    struct OneRun: Encodable { var run: Run }
    struct RunList: Encodable { var runs: [Run] }
    struct UpdatedRun: Encodable {
        var info: Info

        private enum CodingKeys: String, CodingKey { case info = "run_info" }
    }
    struct History: Encodable { var metrics: [TrackedPoint] }
    struct Nothing: Encodable {}

    struct Refusal: Encodable {
        var code: String
        var message: String

        private enum CodingKeys: String, CodingKey {
            case code = "error_code"
            case message
        }
    }
}

extension TrackingBook {
    /// The body of the answer to a request whose record is applied, as JSON.
    public func answer(to request: TrackingRequest, _ record: TrackingRecord?) throws(TrackingRefusal) -> [UInt8] {
        func run(_ id: String) throws(TrackingRefusal) -> TrackingAnswers.Run {
            TrackingAnswers.Run(try found(id), artifacts: artifactFolder)
        }
        switch request {
        case .createRun: return WireCoding.encode(TrackingAnswers.OneRun(run: try run(record?.run ?? "")))
        case .getRun(let id): return WireCoding.encode(TrackingAnswers.OneRun(run: try run(id)))
        case .updateRun(let id, _, _, _):
            return WireCoding.encode(TrackingAnswers.UpdatedRun(info: try run(id).info))
        case .searchRuns:
            let all = order.reversed().compactMap { runs[$0] }.filter { !$0.isDeleted }
            return WireCoding.encode(
                TrackingAnswers.RunList(runs: all.map { TrackingAnswers.Run($0, artifacts: artifactFolder) }))
        case .history(let id, let key):
            return WireCoding.encode(TrackingAnswers.History(metrics: try found(id).series[key]?.points ?? []))
        case .log, .removeTag, .setDeleted: return WireCoding.encode(TrackingAnswers.Nothing())
        }
    }
}
