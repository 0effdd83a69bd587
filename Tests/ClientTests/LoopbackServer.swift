import Foundation
import Synchronization

/// A tiny HTTP/1.1 server on 127.0.0.1, one thread for each connection, for tests of the client.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        var method = ""
        /// With the query.
        var target = ""
        /// Names in lower case.
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// 1, 2, … over all connections.
        var number = 0
    }

    struct Response: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// Seconds before anything is sent.
        var delay = 0.0
        /// nil: all of the body is sent; else the connection is closed after so many of its bytes.
        var cutAfter: Int?
        /// The connection is closed without a word.
        var hangsUp = false

        static func json(_ text: String, status: Int = 200) -> Response {
            Response(status: status, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
        }
    }

    typealias Handler = @Sendable (Request) -> Response

    let url: String
    private let listener: Int32
    private let handler: Handler
    private let state = Mutex((connections: 0, requests: [Request]()))

    init(_ handler: @escaping Handler) {
        self.handler = handler
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        precondition(listener >= 0, "no socket")
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listener, generic, length) == 0 && listen(listener, 64) == 0, "can not listen")
                getsockname(listener, generic, &length)
                return pointer.pointee.sin_port.bigEndian
            }
        }
        url = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [self] in acceptLoop() }
    }

    var connections: Int { state.withLock { $0.connections } }
    var requests: [Request] { state.withLock { $0.requests } }

    /// From now on nobody listens here.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func acceptLoop() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                close(listener)
                return
            }
            state.withLock { $0.connections += 1 }
            Thread.detachNewThread { [self] in serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var input = ConnectionInput(descriptor: connection)
        while var request = input.nextRequest() {
            request.number = state.withLock { state in
                state.requests.append(request)
                return state.requests.count
            }
            let response = handler(request)
            if response.delay > 0 { Thread.sleep(forTimeInterval: response.delay) }
            guard !response.hangsUp, send(response, to: connection) else { return }
        }
    }

    /// - Returns: false when the connection is to be closed.
    private func send(_ response: Response, to connection: Int32) -> Bool {
        var head = "HTTP/1.1 \(response.status) X\r\nContent-Length: \(response.body.count)\r\n"
        for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
        let body = response.body.prefix(response.cutAfter ?? response.body.count)
        let bytes = Array((head + "\r\n").utf8) + body
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return response.cutAfter == nil
    }
}

/// Reads requests from a connection.
private struct ConnectionInput {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) { self.descriptor = descriptor }

    mutating func nextRequest() -> LoopbackServer.Request? {
        let end = Array("\r\n\r\n".utf8)
        var headEnd = buffer.firstRange(of: end)
        while headEnd == nil {
            guard fill() else { return nil }
            headEnd = buffer.firstRange(of: end)
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: buffer[..<headEnd.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeFirst(headEnd.upperBound)
        var request = LoopbackServer.Request()
        let first = lines[0].split(separator: " ").map(String.init)
        (request.method, request.target) = (first[0], first[1])
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            request.headers[line[..<colon].lowercased()] = value
        }
        let length = Int(request.headers["content-length"] ?? "") ?? 0
        while buffer.count < length { guard fill() else { return nil } }
        request.body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return request
    }

    private mutating func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }
}
