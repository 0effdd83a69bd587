import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import NIOCore

/// MLflow's tracking API for one attempt: what `MLFLOW_TRACKING_URI` points to.
struct TrackingController: Sendable {
    let desk: any TrialDesk

    /// MLflow's own limit on a body is 1 MB.
    private static let largestBody = 1 << 20
    /// What `/version` says: a version of MLflow whose API this is.
    private static let version = "2.0.0"

    func addRoutes(to router: Router<BasicRequestContext>) {
        let base = router.group("trials/:attempt/mlflow/:token").add(middleware: TrackingRefusals())
        base.get("health") { _, _ in "OK" }
        base.get("version") { _, _ in Self.version }
        for path in ["api/2.0/mlflow", "api/2.0/preview/mlflow"] {
            let group = base.group(RouterPath(path))
            addExperiments(to: group)
            addRuns(to: group)
            addLogging(to: group)
        }
    }

    // MARK: Experiments

    private func addExperiments(to group: RouterGroup<BasicRequestContext>) {
        group.get("experiments/get") { request, context in
            try await open(request, context) { _ in try Self.experiment(named: nil) }
        }
        group.get("experiments/get-by-name") { request, context in
            try await open(request, context) { _ in
                try Self.experiment(named: request.uri.queryParameters.get("experiment_name"))
            }
        }
        group.post("experiments/create") { request, context in
            try await open(request, context) { _ in
                Response(json: ["experiment_id": TrackingAnswers.experiment])
            }
        }
        group.on("experiments/search", method: .get, use: searchExperiments)
        group.on("experiments/search", method: .post, use: searchExperiments)
        for path in ["experiments/set-experiment-tag", "experiments/update"] {
            group.post(RouterPath(path)) { request, context in
                try await open(request, context) { _ in Response(json: TrackingAnswers.Nothing()) }
            }
        }
    }

    @Sendable
    private func searchExperiments(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try await open(request, context) { _ in
            Response(json: ["experiments": [TrackingAnswers.Experiment(name: "Default")]])
        }
    }

    /// Any name is the sweep's: a program that sets an experiment of its own must find it.
    private static func experiment(named name: String?) throws -> Response {
        Response(json: ["experiment": TrackingAnswers.Experiment(name: name ?? "Default")])
    }

    // MARK: Runs

    private func addRuns(to group: RouterGroup<BasicRequestContext>) {
        group.post("runs/create") { request, context in
            try await track(request, context) { body in
                let message = try Self.read(TrackingMessages.CreateRun.self, body)
                return .createRun(
                    name: message.name, started: message.started?.value, tags: (message.tags ?? []).map(\.text))
            }
        }
        group.get("runs/get") { request, context in
            try await track(request, context) { _ in .getRun(try Self.run(of: request)) }
        }
        group.post("runs/update") { request, context in
            try await track(request, context) { body in
                let message = try Self.read(TrackingMessages.UpdateRun.self, body)
                return .updateRun(
                    try Self.run(in: body), status: message.status, ended: message.ended?.value, name: message.name)
            }
        }
        group.post("runs/search") { request, context in
            try await track(request, context) { body in
                guard (try Self.read(TrackingMessages.Search.self, body).filter ?? "").isEmpty else {
                    throw TrackingRefusal.invalid(
                        "filters are not available in a trial: only this attempt's own runs are here")
                }
                return .searchRuns
            }
        }
        for (path, isDeleted) in [("runs/delete", true), ("runs/restore", false)] {
            group.post(RouterPath(path)) { request, context in
                try await track(request, context) { .setDeleted(try Self.run(in: $0), isDeleted) }
            }
        }
    }

    // MARK: Logging

    private func addLogging(to group: RouterGroup<BasicRequestContext>) {
        group.post("runs/log-metric") { request, context in
            try await track(request, context) { body in
                let point = try Self.read(TrackingMessages.Metric.self, body).point
                return .log(try Self.run(in: body), points: [point], parameters: [], tags: [])
            }
        }
        group.post("runs/log-parameter") { request, context in
            try await track(request, context) { body in
                let text = try Self.read(TrackingMessages.Text.self, body).text
                return .log(try Self.run(in: body), points: [], parameters: [text], tags: [])
            }
        }
        group.post("runs/set-tag") { request, context in
            try await track(request, context) { body in
                let text = try Self.read(TrackingMessages.Text.self, body).text
                return .log(try Self.run(in: body), points: [], parameters: [], tags: [text])
            }
        }
        group.post("runs/delete-tag") { request, context in
            try await track(request, context) { body in
                .removeTag(try Self.run(in: body), key: try Self.read(TrackingMessages.Key.self, body).key)
            }
        }
        group.post("runs/log-batch") { request, context in
            try await track(request, context) { body in
                let batch = try Self.read(TrackingMessages.Batch.self, body)
                return .log(
                    try Self.run(in: body), points: (batch.metrics ?? []).map(\.point),
                    parameters: (batch.params ?? []).map(\.text), tags: (batch.tags ?? []).map(\.text))
            }
        }
        group.get("metrics/get-history") { request, context in
            try await track(request, context) { _ in
                guard let key = request.uri.queryParameters.get("metric_key") else {
                    throw TrackingRefusal.invalid("metric_key: missing")
                }
                return .history(try Self.run(of: request), key: key)
            }
        }
        // What they say about models and data sets is not kept.
        for path in ["runs/log-model", "runs/log-inputs", "runs/outputs"] {
            group.post(RouterPath(path)) { request, context in
                try await open(request, context) { _ in Response(json: TrackingAnswers.Nothing()) }
            }
        }
    }

    // MARK: Parts

    private func track(
        _ request: Request, _ context: BasicRequestContext, _ read: ([UInt8]) throws -> TrackingRequest
    ) async throws -> Response {
        let attempt = try await attempt(context)
        let body = try await request.body.collect(upTo: Self.largestBody)
        let answer = try await desk.track(try read(Array(body.readableBytesView)), of: attempt)
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
    }

    private func open(
        _ request: Request, _ context: BasicRequestContext, _ answer: (AttemptID) throws -> Response
    ) async throws -> Response {
        let attempt = try await attempt(context)
        _ = try await request.body.collect(upTo: Self.largestBody)
        return try answer(attempt)
    }

    /// The token is part of the address: MLflow's credentials may be the user's own, for another server.
    private func attempt(_ context: BasicRequestContext) async throws -> AttemptID {
        guard let id = AttemptID(path: context.parameters.get("attempt") ?? ""),
            await desk.opens(id, token: context.parameters.get("token") ?? "")
        else {
            throw TrackingRefusal(
                status: 401, code: "UNAUTHENTICATED", message: "this is not MLFLOW_TRACKING_URI of a running trial")
        }
        return id
    }

    private static func read<Message: Decodable>(_ type: Message.Type, _ body: [UInt8]) throws -> Message {
        do {
            return try WireCoding.decode(type, from: body.isEmpty ? Array("{}".utf8) : body)
        } catch { throw TrackingRefusal.invalid("\(error)") }
    }

    private static func run(in body: [UInt8]) throws -> String {
        guard let id = try read(TrackingMessages.RunName.self, body).id else {
            throw TrackingRefusal.invalid("run_id: missing")
        }
        return id
    }

    private static func run(of request: Request) throws -> String {
        guard let id = request.uri.queryParameters.get("run_id") ?? request.uri.queryParameters.get("run_uuid") else {
            throw TrackingRefusal.invalid("run_id: missing")
        }
        return id
    }
}

/// Turns errors into answers that MLflow clients understand.
private struct TrackingRefusals: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let refusal = Self.refusal(error, request)
            var response = Response(
                json: TrackingAnswers.Refusal(code: refusal.code, message: refusal.message),
                status: HTTPResponse.Status(code: refusal.status))
            if refusal.status == 503 { response.headers[.retryAfter] = "1" }
            return response
        }
    }

    private static func refusal(_ error: any Error, _ request: Request) -> TrackingRefusal {
        if let refusal = error as? TrackingRefusal { return refusal }
        let problem = RefusalMiddleware.problem(of: error, request)
        let code =
            switch problem.status {
            case 404: "ENDPOINT_NOT_FOUND"
            case 413: "INVALID_PARAMETER_VALUE"
            case 409: "INVALID_STATE"
            case 503: "TEMPORARILY_UNAVAILABLE"
            default: "INTERNAL_ERROR"
            }
        return TrackingRefusal(
            status: problem.status, code: code, message: [problem.title, problem.detail].joined(separator: ": "))
    }
}
