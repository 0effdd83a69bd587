import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import Logging
import NIOCore
import TrialStore

/// The one place that turns errors into answers: `application/problem+json` for each of them.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Self.problem(of: error, request)
            // 503 and 507 are told apart and said once where they arise.
            context.logger.log(
                level: problem.status == 500 ? .error : .debug, "refused",
                metadata: ["path": "\(request.uri.path)", "status": "\(problem.status)", "error": "\(error)"])
            return Response(problem)
        }
    }

    private static func problem(of error: any Error, _ request: Request) -> Problem {
        switch error {
        case let error as Problem: error
        case let error as StoreError: Problem(error)
        case is NIOTooManyBytesError: Problem(status: 413, code: "too_large", title: "The request is too large")
        case let error as HTTPError where error.status == .notFound:
            Problem(
                status: 404, code: "no_route", title: "There is no such route",
                detail: "\(request.method.rawValue) \(request.uri.path): see docs/PROTOCOL.md")
        case let error as HTTPError:
            Problem(
                status: error.status.code, code: "refused", title: error.status.reasonPhrase, detail: error.body ?? "")
        default: Problem(status: 500, code: "internal", title: "The daemon failed", detail: "\(error)")
        }
    }
}

extension Response {
    /// An answer that refuses. Clients are told when to come back where that makes sense.
    init(_ problem: Problem) {
        self.init(json: problem, status: HTTPResponse.Status(code: problem.status))
        headers[.contentType] = "application/problem+json"
        if [429, 503, 507].contains(problem.status) { headers[.retryAfter] = problem.status == 507 ? "10" : "1" }
    }

    init(json value: some Encodable, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: WireCoding.encode(value))))
    }
}
