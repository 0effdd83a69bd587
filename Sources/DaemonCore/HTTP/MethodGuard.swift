import HTTPTypes
import Hummingbird
import HyperSchedProtocol

/// Tells a path that exists, but not with this method, from one that does not exist. To be added to a router after its
/// last route: then it only sees what no route has taken.
struct MethodGuard<Context: RequestContext>: RouterMiddleware {
    private let routes: [(path: [Substring], methods: [String])]

    init(_ router: Router<Context>) {
        var methods: [String: [String]] = [:]
        for route in router.routes { methods[route.path.description, default: []].append(route.method.rawValue) }
        routes = methods.map { path, methods in
            // Every GET answers HEAD, too.
            (path.split(separator: "/"), (methods + (methods.contains("GET") ? ["HEAD"] : [])).sorted())
        }
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path.split(separator: "/")
        // As the router does: of `sweeps/explain` and `sweeps/:id` it takes the first.
        let matching = routes.filter { Self.matches($0.path, path) }
        guard let route = matching.min(by: { Self.captures($0.path) < Self.captures($1.path) }) else {
            return try await next(request, context)
        }
        let list = route.methods.joined(separator: ", ")
        var response = Response(
            Problem(
                status: 405, code: "method_not_allowed", title: "This path has no such method",
                detail: "\(request.method.rawValue) \(request.uri.path): expected \(list)"))
        response.headers[.allow] = list
        return response
    }

    private static func matches(_ route: [Substring], _ path: [Substring]) -> Bool {
        route.count == path.count
            && zip(route, path).allSatisfy { isCapture($0) || $0 == $1 }
    }

    private static func captures(_ route: [Substring]) -> Int { route.count(where: isCapture) }

    private static func isCapture(_ part: Substring) -> Bool { part.hasPrefix(":") || part.hasPrefix("{") }
}
