import Foundation
import HyperSchedProtocol
import Testing

@testable import HyperSchedClient

/// Whom the client believes to be the daemon, against `openssl s_server` with a certificate of an own authority.
@Suite(.timeLimit(.minutes(1)), .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct TrustTests {
    @Test func onlyWhoIsVouchedForIsBelieved() async throws {
        let server = try TLSServer(names: "DNS:localhost")
        let trusting = DaemonClient(
            url: "https://localhost:\(server.port)", token: "secret", certificates: server.authority, retry: .never)
        try await trusting.healthy()
        // The system does not know this authority.
        await untrusted(DaemonClient(url: "https://localhost:\(server.port)", token: "secret", retry: .never))
        // The right authority, but a certificate for another name.
        await untrusted(
            DaemonClient(
                url: "https://127.0.0.1:\(server.port)", token: "secret", certificates: server.authority, retry: .never)
        )
        // Another authority of the same name.
        let other = try TLSServer(names: "DNS:localhost")
        await untrusted(
            DaemonClient(
                url: "https://localhost:\(server.port)", token: "secret", certificates: other.authority, retry: .never))
        await untrusted(
            DaemonClient(
                url: "https://localhost:\(server.port)", certificates: "/nonexistent.pem", retry: .never))
    }

    private func untrusted(_ client: DaemonClient) async {
        let error = await #expect(throws: ClientError.self) { try await client.healthy() }
        guard case .untrusted = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isTransient == false)
    }

    @Test func anExpiredCertificateIsNotBelieved() async throws {
        let server = try TLSServer(names: "DNS:localhost", days: -1)
        let client = DaemonClient(
            url: "https://localhost:\(server.port)", certificates: server.authority, retry: .never)
        await untrusted(client)
    }
}

/// `openssl s_server` that answers `/healthz`, with a certificate that an authority of its own has signed.
private final class TLSServer {
    let port: Int
    let authority: String
    private let folder: String
    private let process = Process()

    init(names: String, days: Int = 2) throws {
        folder = NSTemporaryDirectory() + "hypersched-tls-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        authority = folder + "/ca.pem"
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try Self.openssl(
            ["req", "-x509"] + key + [
                "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority",
            ],
            in: folder)
        try Self.openssl(
            ["req"] + key + ["-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost"], in: folder)
        try Data("subjectAltName=\(names)\n".utf8).write(to: URL(fileURLWithPath: folder + "/names.txt"))
        try Self.openssl(
            [
                "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                "certificate.pem", "-extfile", "names.txt", "-days", "\(days)",
            ], in: folder)
        try Data("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".utf8)
            .write(to: URL(fileURLWithPath: folder + "/healthz"))
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "s_server", "-accept", "127.0.0.1:0", "-cert", "certificate.pem", "-key", "key.pem", "-HTTP",
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = ""
        while true {
            let data = output.fileHandleForReading.availableData
            text += String(decoding: data, as: UTF8.self)
            if let match = text.firstMatch(of: #/ACCEPT [0-9.]+:(\d+)\n/#), let number = Int(match.output.1) {
                port = number
                return
            }
            precondition(!data.isEmpty, "openssl s_server ended: \(text)")
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func openssl(_ arguments: [String], in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        precondition(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
