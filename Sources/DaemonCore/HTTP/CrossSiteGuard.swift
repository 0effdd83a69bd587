import HTTPTypes
import Hummingbird
import HyperSchedProtocol

/// Keeps other sites' pages out. A page that a person visits could otherwise post to the daemon on their own machine,
/// or, with a name that its owner has pointed at 127.0.0.1 (DNS rebinding), even read from it.
/// Programs that are no browsers send neither header.
/// https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
struct CrossSiteGuard<Context: RequestContext>: RouterMiddleware {
    /// Only requests to a loopback name are answered: for a daemon that asks nobody for a token.
    let onlyLoopbackNames: Bool

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if onlyLoopbackNames, let authority = request.head.authority, !Self.isLoopback(authority) {
            throw Problem(
                status: 403, code: "foreign_host", title: "This daemon is not '\(authority.prefix(80))'",
                detail: "It listens on a loopback address without authentication and answers to that name only. "
                    + "Behind a proxy, set `authentication: required`.")
        }
        if request.changesSomething, request.isSaidToBeForeign { throw Problem.crossSite }
        return try await next(request, context)
    }

    private static func isLoopback(_ authority: String) -> Bool {
        let address = ListenAddress(authority) ?? ListenAddress(authority + ":0")
        return address?.isLoopback ?? false
    }
}

extension Request {
    /// A browser says that another site's page has made the request.
    var isSaidToBeForeign: Bool {
        if let site = headers[.secFetchSite] { return site != "same-origin" && site != "none" }
        return headers[.origin].map { Self.host(of: $0) != head.authority } ?? false
    }

    /// A browser says that a page of this daemon has made the request. All browsers say one or the other.
    var isSaidToBeSameOrigin: Bool {
        if let site = headers[.secFetchSite] { return site == "same-origin" }
        return headers[.origin].map { Self.host(of: $0) == head.authority } ?? false
    }

    private static func host(of origin: String) -> String? {
        origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last.map(String.init)
    }
}

extension Problem {
    static let crossSite = Problem(
        status: 403, code: "cross_site", title: "This request comes from another site's page",
        detail: "open the daemon's own pages, or use the command line")
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
