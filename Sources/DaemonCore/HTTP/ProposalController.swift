import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import Scheduler

/// `/api/v1/sweeps/{id}/configurations` and `/observations`: for a program that proposes configurations.
struct ProposalController<Context: RequestContext>: Sendable {
    let loop: ControlLoop

    func addRoutes(to group: RouterGroup<Context>) {
        group.post("sweeps/:id/configurations", use: propose)
        group.post("sweeps/:id/configurations/close", use: close)
        group.get("sweeps/:id/observations", use: observe)
    }

    @Sendable
    private func propose(_ request: Request, _ context: Context) async throws -> Response {
        let sweep = SweepID(try context.id(of: "sweep"))
        let key = request.headers[.idempotencyKey]
        if let key, !(1...255).contains(key.utf8.count) {
            throw Problem.badRequest("Idempotency-Key: 1 to 255 bytes")
        }
        let proposal = try await request.message(ConfigurationProposal.self)
        let (trial, isNew) = try await loop.propose(proposal, key: key, to: sweep)
        return Response(json: trial, status: isNew ? .created : .ok)
    }

    @Sendable
    private func close(_ request: Request, _ context: Context) async throws -> Response {
        let sweep = SweepID(try context.id(of: "sweep"))
        _ = try await loop.apply(.proposalsClosed(sweep))
        return Response(status: .noContent)
    }

    @Sendable
    private func observe(_ request: Request, _ context: Context) async throws -> Response {
        let sweep = SweepID(try context.id(of: "sweep"))
        let limit = try request.pageQuery().limit
        let after = try request.query("after", as: Int64.self) ?? 0
        let wait = try request.query("wait", as: Double.self) ?? 0
        let wanted = try request.query("wanted", as: Int.self) ?? 0
        guard wait >= 0 else { throw Problem.badRequest("wait: seconds, 0 or more") }
        let page = try await loop.observations(
            of: sweep, after: after, limit: limit, wanted: wanted, waitSeconds: wait)
        return Response(json: page)
    }
}
