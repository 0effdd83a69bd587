import HummingbirdCore
import NIOCore

/// What a connection may take, so that a few slow or greedy clients do not keep the daemon from all others.
struct HTTPLimits: Sendable {
    var connections = 4096
    /// Bytes of all headers of a request, and of one.
    var headerBytes = 32 << 10
    var headerCount = 100
    /// From the opening of a connection to the end of its first request's headers.
    var headSeconds = 20.0
    /// A body may take so long, and a second more for each ``bodyBytesPerSecond``.
    var bodySeconds = 30.0
    var bodyBytesPerSecond = 1024.0
    /// For a client that does not read what it has asked for.
    var unreadSeconds = 60.0
    /// Between two requests on a connection.
    var idleSeconds = 120.0

    func server() -> HTTPServerBuilder {
        .http1(
            configuration: .init(
                additionalChannelHandlers: [RequestPace(limits: self)],
                idleTimeout: .milliseconds(Int64(idleSeconds * 1000)),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes, maxHeaderFieldCount: headerCount)))
    }
}
