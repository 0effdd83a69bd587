import Foundation
import Glibc
import HyperSchedProtocol

/// An HTTP/1.1 client of a few lines: one request per connection, so that tests see exactly what is on the wire.
struct SocketClient: Sendable {
    let port: Int

    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func message<Value: Decodable>(_ type: Value.Type) throws -> Value { try WireCoding.decode(type, from: body) }
    }

    /// - Parameters:
    ///   - announced: Content-Length, when it is not that of the body: the connection is then cut after the body.
    func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = [], announced: Int? = nil
    ) async throws -> Answer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += "Content-Length: \(announced ?? body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let request = Array((head + "\r\n").utf8) + body
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try exchange(request, cut: announced != nil) })
            }
        }
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func post(_ path: String, _ message: some Encodable) async throws -> Answer {
        try await send("POST", path, body: WireCoding.encode(message))
    }

    func post(_ path: String, text: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, headers: headers, body: Array(text.utf8))
    }

    /// What comes on a connection that stays open, up to `mark`; the connection is then closed.
    func listen(_ path: String, until mark: String) async throws -> String {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { String(decoding: try receive(request, until: mark), as: UTF8.self) })
            }
        }
    }

    private func exchange(_ request: [UInt8], cut: Bool) throws -> Answer {
        try Self.parse(receive(request, cut: cut))
    }

    private func receive(_ request: [UInt8], cut: Bool = false, until mark: String? = nil) throws -> [UInt8] {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw StringError("connect: \(String(cString: strerror(errno)))") }
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { rest in
                Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            // The server may have answered already, and refuse the rest.
            if count < 0 { break }
            sent += count
        }
        if cut { shutdown(connection, Int32(SHUT_WR)) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { break }
            received += buffer[..<count]
            if let mark, String(decoding: received, as: UTF8.self).contains(mark) { break }
        }
        return received
    }

    private static func parse(_ bytes: [UInt8]) throws -> Answer {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { throw StringError("no answer") }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        return Answer(status: status, headers: headers, body: Array(bytes[end.upperBound...]))
    }
}

struct StringError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
