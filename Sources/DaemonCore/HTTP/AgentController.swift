import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import Scheduler
import TrialStore

/// `/api/v1/agents`
struct AgentController: Sendable {
    typealias Context = DaemonContext

    let loop: ControlLoop
    let uploads: UploadDesk
    let logs: LogStore

    func addRoutes(to group: RouterGroup<Context>) {
        group.get("agents", use: list)
        group.get("agents/:name", use: get)
        group.post("agents/:name/drain") { request, context in try await drain(context, true) }
        group.post("agents/:name/undrain") { request, context in try await drain(context, false) }
        group.post("agents/:name/sync", use: sync)
        group.post("agents/:name/reports", use: report)
        group.put("agents/:name/checkpoints", use: upload)
        group.post("agents/:name/checkpoints", use: announce)
        group.post("agents/:name/logs", use: appendLog)
    }

    @Sendable
    private func list(_ request: Request, _ context: Context) async throws -> Response {
        Response(json: Page(items: await loop.agents()))
    }

    @Sendable
    private func get(_ request: Request, _ context: Context) async throws -> Response {
        Response(json: try await summary(try context.agentID()))
    }

    private func drain(_ context: Context, _ draining: Bool) async throws -> Response {
        let agent = try context.agentID()
        _ = try await loop.apply(.agentDrained(agent, draining))
        return Response(json: try await summary(agent))
    }

    @Sendable
    private func sync(_ request: Request, _ context: Context) async throws -> Response {
        let agent = try context.agentID()
        var message = try await request.message(AgentSync.self)
        message.address = message.address ?? context.remoteAddress
        try MessageLimits.check(message)
        return Response(json: try await loop.sync(agent, message))
    }

    @Sendable
    private func report(_ request: Request, _ context: Context) async throws -> Response {
        let agent = try context.agentID()
        let batch = try await request.message(ReportBatch.self)
        try MessageLimits.check(batch)
        guard case .receipt(let receipt) = try await loop.apply(.reported(agent, batch)) else {
            preconditionFailure("reports are answered with a receipt")
        }
        return Response(json: receipt)
    }

    @Sendable
    private func upload(_ request: Request, _ context: Context) async throws -> Response {
        let agent = try context.agentID()
        let announced = try UploadDesk.Announcement(
            attempt: request.attempt(), step: request.required("step", as: Int.self),
            sha256: request.required("sha256", as: String.self),
            objective: request.query("objective", as: MetricText.self)?.value,
            size: request.headers[.contentLength].flatMap { Int64($0) })
        let info = try await uploads.take(announced, from: agent, body: request.body)
        return Response(json: info, status: .created)
    }

    @Sendable
    private func announce(_ request: Request, _ context: Context) async throws -> Response {
        let agent = try context.agentID()
        let info = try await request.message(CheckpointInfo.self)
        return Response(json: try await uploads.note(info, from: agent), status: .created)
    }

    @Sendable
    private func appendLog(_ request: Request, _ context: Context) async throws -> Response {
        _ = try context.agentID()
        let attempt = try request.attempt()
        let offset = try request.required("offset", as: Int64.self)
        guard offset >= 0 else { throw Problem.badRequest("offset: 0 or more") }
        // Also of an attempt that is over: its last lines say why.
        guard let trial = await loop.trial(attempt.trial), attempt.number <= trial.attempt else {
            throw Problem.notFound("attempt", attempt.description)
        }
        let bytes = try await request.bytes(limit: RequestLimit.log)
        let logs = logs
        let result = await BlockingWork.run {
            Result { () throws(StoreError) in try logs.append(bytes, to: attempt, offset: offset) }
        }
        if case .gap(let expected) = try result.get() { throw Problem.logGap(expected: expected) }
        return Response(status: .noContent)
    }

    private func summary(_ id: AgentID) async throws(Problem) -> AgentSummary {
        guard let agent = await loop.agent(id) else { throw .notFound("agent", id.rawValue) }
        return agent
    }
}

extension Problem {
    fileprivate static func logGap(expected: Int64) -> Problem {
        Problem(
            status: 409, code: "log_gap", title: "Bytes of the log are missing before this offset",
            detail: "Send from offset \(expected) on.",
            errors: [FieldError(field: "offset", message: "beyond the end", fix: String(expected))])
    }
}

/// A metric value in a query string: a number, `NaN`, `Infinity` or `-Infinity`.
struct MetricText: LosslessStringConvertible {
    let value: MetricValue

    init?(_ text: String) {
        switch text {
        case "NaN": value = MetricValue(.nan)
        case "Infinity": value = MetricValue(.infinity)
        case "-Infinity": value = MetricValue(-.infinity)
        default:
            guard let number = Double(text), number.isFinite else { return nil }
            value = MetricValue(number)
        }
    }

    var description: String { "\(value.number)" }
}
