import Foundation
import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import NIOCore
import Scheduler
import TrialStore

/// `/api/v1/trials` and `/api/v1/checkpoints`
struct TrialController<Context: RequestContext>: Sendable {
    let loop: ControlLoop
    let store: TrialStoreDatabase
    let checkpoints: CheckpointStore
    let logs: LogStore

    func addRoutes(to group: RouterGroup<Context>) {
        group.get("trials/:id", use: get)
        group.get("trials/:id/curve", use: curve)
        group.get("trials/:id/decisions", use: decisions)
        group.get("trials/:id/logs", use: log)
        group.get("trials/:id/checkpoint", use: checkpoint)
        group.get("checkpoints/:sha256", use: archive)
    }

    @Sendable
    private func get(_ request: Request, _ context: Context) async throws -> Response {
        Response(json: try await detail(of: try await trial(context)))
    }

    /// All that is said of one trial.
    func detail(of trial: TrialRecord) async throws -> TrialDetail {
        guard let metric = await loop.metric(of: trial.sweep),
            let (record, ranked) = try await store.rankedTrial(trial.id, metric: metric)
        else { throw Problem.notFound("trial", trial.id.description) }
        let attempts = try await store.attempts(of: .trial(trial.id), limit: RequestLimit.page, cursor: nil).items
        return TrialDetail(
            ranked: await loop.withForecasts([ranked])[0], sweep: record.sweep, index: record.index, seed: record.seed,
            stateReason: record.stateReason, failures: record.failures, trainedSeconds: record.trainedSeconds,
            metricNames: record.metricNames, latestCheckpoint: record.latestCheckpoint,
            bestCheckpointPath: record.bestCheckpoint.flatMap { info in
                info.place.map { $0.address(of: CheckpointLocation(info).name) } ?? checkpoints.path(of: info.sha256)
            },
            lineage: record.lineage, attempts: attempts)
    }

    @Sendable
    private func curve(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.pageQuery()
        let id = try await trial(context).id
        return Response(json: try await store.curve(of: id, limit: query.limit, cursor: query.cursor))
    }

    @Sendable
    private func decisions(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.pageQuery()
        let id = try await trial(context).id
        return Response(json: try await store.decisions(of: .trial(id), limit: query.limit, cursor: query.cursor))
    }

    @Sendable
    private func log(_ request: Request, _ context: Context) async throws -> Response {
        let trial = try await trial(context)
        let attempt = AttemptID(
            trial: trial.id, number: try request.query("attempt", as: Int.self) ?? max(trial.attempt, 1))
        let offset = try request.query("offset", as: Int64.self) ?? 0
        let limit = try request.query("limit", as: Int.self) ?? RequestLimit.log
        guard attempt.number >= 1, offset >= 0, (0...RequestLimit.log).contains(limit) else {
            throw Problem.badRequest("attempt: 1 or more; offset: 0 or more; limit: 0 to \(RequestLimit.log)")
        }
        let logs = logs
        let result = await BlockingWork.run {
            Result { () throws(StoreError) in try logs.read(attempt, offset: offset, limit: limit) }
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try result.get() ?? [])))
    }

    @Sendable
    private func checkpoint(_ request: Request, _ context: Context) async throws -> Response {
        let trial = try await trial(context)
        let which = try request.query("which", as: String.self) ?? "best"
        guard let info = which == "best" ? trial.bestCheckpoint : which == "latest" ? trial.latestCheckpoint : nil
        else {
            if which == "best" || which == "latest" {
                throw Problem.notFound("\(which) checkpoint of trial", trial.id.description)
            }
            throw Problem.badRequest("which: best or latest")
        }
        guard let place = info.place else { return try await archive(info.sha256, context) }
        return try await archive(info, at: place, context)
    }

    /// One that agents have stored elsewhere: from a shared directory it is handed on, from S3 clients fetch it.
    private func archive(_ info: CheckpointInfo, at place: CheckpointPlace, _ context: Context) async throws -> Response
    {
        let address = place.address(of: CheckpointLocation(info).name)
        guard case .folder = place else {
            throw Problem(
                status: 409, code: "elsewhere", title: "The checkpoint is not in the daemon's store",
                detail: "It is at \(address); 'hypersched best' fetches it with your own keys for S3.")
        }
        guard FileManager.default.fileExists(atPath: address) else {
            throw Problem.notFound("checkpoint", address)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-tar", .checkpointSHA256: info.sha256],
            body: try await FileIO().loadFile(path: address, context: context))
    }

    @Sendable
    private func archive(_ request: Request, _ context: Context) async throws -> Response {
        try await archive(context.parameters.get("sha256") ?? "", context)
    }

    /// The archive as a stream: its file stays readable to the end, even when it is deleted meanwhile.
    private func archive(_ sha256: String, _ context: Context) async throws -> Response {
        guard let path = checkpoints.path(of: sha256), checkpoints.size(of: sha256) != nil else {
            throw Problem.notFound("checkpoint", String(sha256.prefix(80)))
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-tar", .checkpointSHA256: sha256],
            body: try await FileIO().loadFile(path: path, context: context))
    }

    private func trial(_ context: Context) async throws(Problem) -> TrialRecord {
        let id = TrialID(try context.id(of: "trial"))
        guard let trial = await loop.trial(id) else { throw .notFound("trial", id.description) }
        return trial
    }
}
