import Foundation
import Glibc
import HyperSchedProtocol

/// An HTTP/1.1 client of a few lines: one request per connection, so that tests see exactly what is on the wire.
struct SocketClient: Sendable {
    let port: Int
    /// Sent with each request.
    var token: String?
    var host = "localhost"

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
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
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

    /// Sends `text`, then one more byte after each pause, until the other side hangs up.
    /// - Returns: what it has said.
    func drip(_ text: String, every pause: Duration?) async throws -> String {
        try await onThread {
            let connection = try connected()
            defer { close(connection) }
            _ = try Self.send(Array(text.utf8), on: connection)
            guard let pause else { return String(decoding: Self.readAll(connection), as: UTF8.self) }
            while try Self.send([0x61], on: connection) {
                var byte: UInt8 = 0
                let count = recv(connection, &byte, 1, Int32(MSG_DONTWAIT))
                if count == 0 || (count < 0 && errno != EAGAIN) { break }
                usleep(UInt32(pause.components.attoseconds / 1_000_000_000_000))
            }
            return ""
        }
    }

    /// Sends requests and reads no answer until the other side has hung up.
    /// - Returns: bytes that were in the buffers of the kernel.
    func stall(_ text: String) async throws -> Int {
        try await onThread {
            let connection = try connected()
            defer { close(connection) }
            _ = try Self.send(Array(text.utf8), on: connection)
            // POLLRDHUP, which Swift does not see: the other side has hung up, whatever is still to be read.
            var status = pollfd(fd: connection, events: 0x2000, revents: 0)
            while poll(&status, 1, 100) == 0 {}
            return Self.readAll(connection).count
        }
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    private func exchange(_ request: [UInt8], cut: Bool) throws -> Answer {
        try Self.parse(receive(request, cut: cut))
    }

    private func connected() throws -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let why = String(cString: strerror(errno))
            close(connection)
            throw StringError("connect: \(why)")
        }
        return connection
    }

    /// False when the other side does not take any more.
    private static func send(_ bytes: [UInt8], on connection: Int32) throws -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            // The server may have answered already, and refuse the rest.
            if count < 0 { return false }
            sent += count
        }
        return true
    }

    private static func readAll(_ connection: Int32, until mark: String? = nil) -> [UInt8] {
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

    private func receive(_ request: [UInt8], cut: Bool = false, until mark: String? = nil) throws -> [UInt8] {
        let connection = try connected()
        defer { close(connection) }
        _ = try Self.send(request, on: connection)
        if cut { shutdown(connection, Int32(SHUT_WR)) }
        return Self.readAll(connection, until: mark)
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
