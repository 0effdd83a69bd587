import HTTPTypes
import Hummingbird
import HyperSchedProtocol

/// Refuses requests that change something when a browser says that another site's page has made them: else any page
/// that a person visits could post to the daemon on their own machine. Programs that are no browsers send neither
/// header.
/// https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
struct CrossSiteGuard<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if request.method != .get, request.method != .head, Self.isForeign(request) {
            throw Problem(
                status: 403, code: "cross_site", title: "This request comes from another site's page",
                detail: "open the daemon's own pages, or use the command line")
        }
        return try await next(request, context)
    }

    private static func isForeign(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite] { return site != "same-origin" && site != "none" }
        guard let origin = request.headers[.origin] else { return false }
        let host = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last.map(String.init)
        return host != request.head.authority
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
