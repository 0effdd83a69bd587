import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import NIOCore
import Synchronization

/// `GET /events`: server-sent events. `change` says that there is something new, at most once a second; what it is the
/// client asks for itself. https://html.spec.whatwg.org/multipage/server-sent-events.html
final class EventStream: Sendable {
    /// Pages that may be open at once.
    static let limit = 256
    /// Seconds of silence after which a comment keeps proxies from hanging up, and shows that a client has gone.
    private static let pingSeconds = 15

    private let loop: ControlLoop
    private let open = Mutex(0)

    init(loop: ControlLoop) { self.loop = loop }

    func response() throws -> Response {
        let isFull = open.withLock { count in
            guard count < Self.limit else { return true }
            count += 1
            return false
        }
        if isFull { throw Problem.busy }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { self.open.withLock { $0 -= 1 } }
                try? await self.write(to: &writer)
                try await writer.finish(nil)
            })
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        var seen = -1
        var silence = 0
        while !(await loop.isClosing) {
            let count = await loop.changeCount
            if count != seen {
                try await writer.write(ByteBuffer(string: "event: change\ndata: \(count)\n\n"))
                (seen, silence) = (count, 0)
            } else if silence >= Self.pingSeconds {
                try await writer.write(ByteBuffer(string: ": still here\n\n"))
                silence = 0
            }
            silence += 1
            try await Task.sleep(for: .seconds(1))
        }
    }
}
