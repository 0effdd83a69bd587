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

    static func problem(of error: any Error, _ request: Request) -> Problem {
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
        addHints(problem)
    }

    /// What to do about a refusal, for programs.
    mutating func addHints(_ problem: Problem) {
        switch problem.status {
        case 401: headers[.wwwAuthenticate] = "Bearer realm=\"hyperschedd\""
        case 429: headers[.retryAfter] = problem.code == "too_many_attempts" ? "12" : "1"
        case 503: headers[.retryAfter] = "1"
        case 507: headers[.retryAfter] = "10"
        default: break
        }
    }

    /// A page for people.
    static func page(_ text: String, status: Int = 200) -> Response {
        Response(
            status: HTTPResponse.Status(code: status),
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                // Nothing from elsewhere, no script but our own, forms only to us, in nobody's frame.
                .contentSecurityPolicy: "default-src 'self'; style-src 'self' 'unsafe-inline'; form-action 'self'; "
                    + "base-uri 'none'; frame-ancestors 'none'",
                .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    init(json value: some Encodable, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: WireCoding.encode(value))))
    }
}

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
