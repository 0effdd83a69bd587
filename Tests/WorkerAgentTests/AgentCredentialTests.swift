import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Logging
import Synchronization
import Testing

@testable import WorkerAgent

/// How an agent gets, keeps and renews its own credential.
@Suite(.timeLimit(.minutes(1))) struct AgentCredentialTests {
    /// A daemon that hands out credentials, and takes the latest one only.
    private final class Doorkeeper: Sendable {
        private let state = Mutex((joins: 0, accepted: "", isOff: false))
        let joinToken = AccessSecret(random: Array(repeating: 1, count: 38)).text

        var joins: Int { state.withLock { $0.joins } }
        func revoke() { state.withLock { $0.accepted = "-" } }
        func switchOff() { state.withLock { $0.isOff = true } }

        func answer(_ method: String, _ path: String, _ authorization: String) -> (Int, String) {
            state.withLock { state in
                if path.hasSuffix("/join") {
                    if state.isOff { return (409, Self.problem(409, "authentication_off")) }
                    guard authorization == "Bearer \(joinToken)" else {
                        return (401, Self.problem(401, "unauthorized"))
                    }
                    state.joins += 1
                    state.accepted = AccessSecret(random: Array(repeating: UInt8(100 + state.joins), count: 38)).text
                    let token = AccessToken(
                        id: "x", name: "node", role: .agent, agent: AgentID("node"),
                        createdAt: Timestamp(milliseconds: 0), createdBy: "b")
                    return (201, WireCoding.encodeText(IssuedToken(secret: state.accepted, token: token)))
                }
                if !state.isOff, authorization != "Bearer \(state.accepted)" {
                    return (401, Self.problem(401, "unauthorized"))
                }
                return (200, WireCoding.encodeText(ReportReceipt(accepted: 1)))
            }
        }

        static func problem(_ status: Int, _ code: String) -> String {
            WireCoding.encodeText(Problem(status: status, code: code, title: code))
        }
    }

    private func connection(_ doorkeeper: Doorkeeper, _ server: TinyServer, _ folder: String, token: Bool = true)
        -> DaemonClientConnection
    {
        var options = AgentOptions(
            daemon: server.url, token: token ? doorkeeper.joinToken : nil, name: AgentID("node"), workFolder: folder)
        options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let credential = AgentCredential(options, work: WorkFolder(path: folder))
        return DaemonClientConnection(credential: credential, agent: options.name)
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "hypersched-credential-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private static let batch = ReportBatch(session: "s", reports: [], ended: [])

    @Test func theCredentialIsKeptAndRenewed() async throws {
        let doorkeeper = Doorkeeper()
        let server = try TinyServer(doorkeeper.answer)
        try await withFolder { folder in
            let first = connection(doorkeeper, server, folder)
            // Many calls that begin together join once.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...5 { group.addTask { _ = try await first.sendReports(Self.batch) } }
                try await group.waitForAll()
            }
            #expect(doorkeeper.joins == 1)
            let path = folder + "/credential"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            // The next agent on this folder needs no join token.
            let second = connection(doorkeeper, server, folder, token: false)
            _ = try await second.sendReports(Self.batch)
            #expect(doorkeeper.joins == 1)
            doorkeeper.revoke()
            await #expect(throws: ConnectionFailure.self) { _ = try await first.sendReports(Self.batch) }
            _ = try await first.sendReports(Self.batch)
            #expect(doorkeeper.joins == 2)
            // Without a join token there is nothing that it could do.
            doorkeeper.revoke()
            for _ in 1...2 {
                await #expect(throws: ConnectionFailure.self) { _ = try await second.sendReports(Self.batch) }
            }
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aDaemonThatAsksNobodyIsFine() async throws {
        let doorkeeper = Doorkeeper()
        doorkeeper.switchOff()
        let server = try TinyServer(doorkeeper.answer)
        try await withFolder { folder in
            for token in [true, false] {
                _ = try await connection(doorkeeper, server, folder, token: token).sendReports(Self.batch)
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/credential"))
        }
    }

    @Test func aCredentialDoesNotCrossAnOpenNetwork() async throws {
        try await withFolder { folder in
            try TokenFile.write("opaque", to: folder + "/credential")
            var options = AgentOptions(daemon: "http://10.255.255.1", name: AgentID("node"), workFolder: folder)
            options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let credential = AgentCredential(options, work: WorkFolder(path: folder))
            let error = await #expect(throws: ClientError.self) { _ = try await credential.get() }
            #expect(error?.description.contains("use https://") == true)
            options.allowPlaintext = true
            _ = try await AgentCredential(options, work: WorkFolder(path: folder)).get()
        }
    }

    /// A credential that others can read is not used, and not replaced in silence either.
    @Test func anOpenCredentialIsNotUsed() async throws {
        let doorkeeper = Doorkeeper()
        let server = try TinyServer(doorkeeper.answer)
        try await withFolder { folder in
            let path = folder + "/credential"
            try Data("hst_x".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let connection = connection(doorkeeper, server, folder, token: false)
            let failure = await #expect(throws: ConnectionFailure.self) {
                _ = try await connection.sendReports(Self.batch)
            }
            #expect(failure?.description.contains("chmod 600") == true)
        }
    }
}

/// One answer for each connection, on 127.0.0.1.
private final class TinyServer: Sendable {
    let url: String
    private let listener: Int32

    init(_ answer: @escaping @Sendable (String, String, String) -> (Int, String)) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listener, generic, length) == 0 && listen(listener, 64) == 0)
                getsockname(listener, generic, &length)
                return pointer.pointee.sin_port.bigEndian
            }
        }
        url = "http://127.0.0.1:\(port)"
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread { Self.serve(connection, answer) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ connection: Int32, _ answer: (String, String, String) -> (Int, String)) {
        defer { close(connection) }
        var received = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isComplete(received) {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return }
            received += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let lines = received.components(separatedBy: "\r\n")
        let parts = lines[0].split(separator: " ").map(String.init)
        let authorization = lines.first { $0.hasPrefix("Authorization: ") }?.dropFirst("Authorization: ".count) ?? ""
        let (status, body) = answer(parts[0], parts[1], String(authorization))
        let text = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        _ = text.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }

    private static func isComplete(_ text: String) -> Bool {
        guard let end = text.range(of: "\r\n\r\n") else { return false }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let length =
            lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) } ?? 0
        return text[end.upperBound...].utf8.count >= length
    }
}
