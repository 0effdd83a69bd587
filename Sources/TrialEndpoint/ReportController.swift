import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import NIOCore

/// `POST /trials/{trial}.{attempt}/reports`, and `GET` of the same path for the advice alone.
struct ReportController: Sendable {
    let gate: TrialGate
    let desk: any TrialDesk

    /// Bytes of a request's body.
    static let largestBody = 1 << 20
    private static let longestKey = 128

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("trials/:attempt/reports") { request, context in
            let attempt = try await gate.attempt(request, context)
            return Response(json: try await desk.advice(for: attempt))
        }
        router.post("trials/:attempt/reports") { request, context in
            let attempt = try await gate.attempt(request, context)
            let body = try await request.body.collect(upTo: Self.largestBody)
            let key = try Self.key(request)
            return Response(json: try await desk.take(Array(body.readableBytesView), key: key, of: attempt))
        }
    }

    private static func key(_ request: Request) throws -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else { return nil }
        guard (1...longestKey).contains(key.utf8.count) else {
            throw Problem(
                status: 422, code: "invalid_report", title: "The report can not be taken",
                errors: [
                    .init(field: "Idempotency-Key", message: "expected 1 to \(longestKey) bytes", fix: "a shorter one")
                ])
        }
        return key
    }
}

/// Turns errors into answers: `application/problem+json`.
struct RefusalMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return Response(problem: Self.problem(of: error, request))
        }
    }

    static func problem(of error: any Error, _ request: Request) -> Problem {
        switch error {
        case let problem as Problem: problem
        case is NIOTooManyBytesError:
            Problem(
                status: 413, code: "too_large", title: "The request is too large",
                detail: "at most \(ReportController.largestBody) bytes")
        case let error as HTTPError:
            Problem(
                status: error.status.code, code: error.status == .notFound ? "no_route" : "refused",
                title: error.status.reasonPhrase, detail: error.body ?? "")
        default: Problem(status: 500, code: "internal", title: "The agent failed", detail: "\(error)")
        }
    }
}

extension Response {
    init(json value: some Encodable, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: WireCoding.encode(value))))
    }

    init(problem: Problem) {
        self.init(json: problem, status: HTTPResponse.Status(code: problem.status))
        headers[.contentType] = "application/problem+json"
        if [429, 503].contains(problem.status) { headers[.retryAfter] = "1" }
    }
}
