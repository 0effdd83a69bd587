import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import Scheduler
import TrialStore

/// `/api/v1/sweeps`
struct SweepController<Context: RequestContext>: Sendable {
    let loop: ControlLoop
    let store: TrialStoreDatabase
    let intake: SweepIntake

    func addRoutes(to group: RouterGroup<Context>) {
        group.post("sweeps", use: submit)
        group.post("sweeps/explain", use: explain)
        group.get("sweeps", use: list)
        group.get("sweeps/:id", use: get)
        group.post("sweeps/:id/cancel", use: cancel)
        group.post("sweeps/:id/extend", use: extend)
        group.post("sweeps/:id/adjust", use: adjust)
        group.get("sweeps/:id/ranking", use: ranking)
        group.get("sweeps/:id/attempts", use: attempts)
        group.get("sweeps/:id/decisions", use: decisions)
        group.get("forecasts", use: calibration)
    }

    @Sendable
    private func submit(_ request: Request, _ context: Context) async throws -> Response {
        let text = try await request.text(limit: RequestLimit.sweepFile)
        let (id, isNew) = try await intake.submit(text, key: request.headers[.idempotencyKey])
        var response = Response(json: try await summary(id), status: isNew ? .created : .ok)
        response.headers[.location] = "/api/v1/sweeps/\(id)"
        return response
    }

    @Sendable
    private func explain(_ request: Request, _ context: Context) async throws -> Response {
        let text = try await request.text(limit: RequestLimit.sweepFile)
        return Response(json: try await intake.explain(text))
    }

    @Sendable
    private func list(_ request: Request, _ context: Context) async throws -> Response {
        Response(json: try await page(try request.pageQuery()))
    }

    /// Newest first.
    func page(_ query: PageQuery) async throws -> Page<SweepSummary> {
        let before = try query.cursor.map { text in
            guard let id = Int64(text) else { throw StoreError.badCursor(text) }
            return SweepID(id)
        }
        let (items, hasMore) = await loop.summaries(limit: query.limit, before: before)
        return Page(items: try await completed(items), nextCursor: hasMore ? items.last?.id.description : nil)
    }

    @Sendable
    private func get(_ request: Request, _ context: Context) async throws -> Response {
        Response(json: try await summary(SweepID(try context.id(of: "sweep"))))
    }

    @Sendable
    private func cancel(_ request: Request, _ context: Context) async throws -> Response {
        let id = SweepID(try context.id(of: "sweep"))
        _ = try await loop.apply(.sweepCancelled(id))
        return Response(json: try await summary(id))
    }

    @Sendable
    private func extend(_ request: Request, _ context: Context) async throws -> Response {
        let id = SweepID(try context.id(of: "sweep"))
        let message = try await request.message(SweepExtension.self)
        try await loop.extend(id, to: message.deadline)
        return Response(json: try await summary(id))
    }

    @Sendable
    private func adjust(_ request: Request, _ context: Context) async throws -> Response {
        let id = SweepID(try context.id(of: "sweep"))
        _ = try await loop.apply(.sweepAdjusted(id, try await request.message(SweepAdjustment.self)))
        return Response(json: try await summary(id))
    }

    @Sendable
    private func ranking(_ request: Request, _ context: Context) async throws -> Response {
        Response(json: try await ranking(of: SweepID(try context.id(of: "sweep")), try request.pageQuery()))
    }

    /// Best first.
    func ranking(of id: SweepID, _ query: PageQuery) async throws -> Page<RankedTrial> {
        let metric = try await metric(of: id)
        var page = try await store.ranking(of: id, metric: metric, limit: query.limit, cursor: query.cursor)
        page.items = await loop.withForecasts(page.items)
        return page
    }

    @Sendable
    private func attempts(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.pageQuery()
        let id = SweepID(try context.id(of: "sweep"))
        _ = try await metric(of: id)
        return Response(json: try await store.attempts(of: .sweep(id), limit: query.limit, cursor: query.cursor))
    }

    @Sendable
    private func decisions(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.pageQuery()
        let id = SweepID(try context.id(of: "sweep"))
        _ = try await metric(of: id)
        return Response(json: try await store.decisions(of: .sweep(id), limit: query.limit, cursor: query.cursor))
    }

    private func metric(of id: SweepID) async throws(Problem) -> Metric {
        guard let metric = await loop.metric(of: id) else { throw .notFound("sweep", id.description) }
        return metric
    }

    /// All that is said of one sweep.
    private func summary(_ id: SweepID) async throws -> SweepSummary {
        var summary = try await headline(id)
        let (records, outcomes) = try await store.forecasts(of: id)
        summary.forecasts = ForecastScoring.scored(
            records, outcomes, metric: summary.spec.metric, deadline: summary.spec.deadline)
        return summary
    }

    /// How the sweep stands now: all but the forecasts of before.
    func headline(_ id: SweepID) async throws -> SweepSummary {
        guard let summary = await loop.summary(of: id) else { throw Problem.notFound("sweep", id.description) }
        return try await completed([summary])[0]
    }

    /// The newest that have not ended.
    func running(limit: Int) async throws -> [SweepSummary] { try await completed(await loop.running(limit: limit)) }

    private func completed(_ summaries: [SweepSummary]) async throws -> [SweepSummary] {
        var summaries = summaries
        for index in summaries.indices {
            summaries[index].best = try await best(of: summaries[index])
            summaries[index].forecast = await loop.forecast(of: summaries[index].id)
        }
        return summaries
    }

    /// Of the newest sweeps: `?limit=N` of those that have ended.
    @Sendable
    private func calibration(_ request: Request, _ context: Context) async throws -> Response {
        let limit = try request.query("limit", as: Int.self) ?? RequestLimit.page
        guard (1...RequestLimit.page).contains(limit) else {
            throw Problem.badRequest("limit: 1 to \(RequestLimit.page)")
        }
        return Response(json: ForecastScoring.calibration(of: try await store.endedForecasts(limit: limit)))
    }

    private func best(of summary: SweepSummary) async throws -> RankedTrial? {
        let first = try await store.ranking(of: summary.id, metric: summary.spec.metric, limit: 1, cursor: nil)
        guard let best = first.items.first, best.objective != nil else { return nil }
        return await loop.withForecasts([best])[0]
    }
}

extension HTTPField.Name {
    /// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let checkpointSHA256 = HTTPField.Name("X-Checkpoint-SHA256")!
}
