import Foundation
import HyperSchedProtocol
import Testing

@testable import HyperSchedClient

@Suite struct TokenFileTests {
    private let secret = AccessSecret(random: (0..<38).map { UInt8($0) }).text

    private func file(_ content: String, mode: Int = 0o600) throws -> String {
        let path = NSTemporaryDirectory() + "hypersched-token-\(UInt64.random(in: 0 ... .max))"
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test func aTokenIsRead() throws {
        for content in [secret, secret + "\n", " \(secret) \r\n"] {
            let path = try file(content)
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(try TokenFile.read(path) == secret)
        }
        // Of another maker's proxy.
        let path = try file("opaque-token\n", mode: 0o640)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try TokenFile.read(path) == "opaque-token")
    }

    @Test(arguments: [
        ("", 0o600, "expected one token"), ("a b\n", 0o600, "expected one token"), ("\u{7F}", 0o600, "expected one"),
        ("x", 0o644, "chmod 600"), ("x", 0o602, "chmod 600"), ("hst_123", 0o600, "checksum"),
    ])
    func otherFilesAreNot(content: String, mode: Int, message: String) throws {
        let path = try file(content, mode: mode)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: ClientError.self) { try TokenFile.read(path) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func whatIsNoFileIsNoToken() {
        #expect(throws: ClientError.self) { try TokenFile.read("/nonexistent") }
        #expect(throws: ClientError.self) { try TokenFile.read("/tmp") }
        #expect(throws: ClientError.self) { try TokenFile.read("/dev/null") }
    }

    /// An error must not show what is nearly a token.
    @Test func errorsDoNotTellTheToken() throws {
        let wrong = String(secret.dropLast()) + (secret.hasSuffix("0") ? "1" : "0")
        let path = try file(wrong)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: ClientError.self) { try TokenFile.read(path) }
        #expect(error?.description.contains(wrong.dropFirst(16).prefix(20)) == false)
    }

    @Test func aWrittenTokenIsTheOwnersOnly() throws {
        let path = NSTemporaryDirectory() + "hypersched-token-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for token in ["first", secret] {
            try TokenFile.write(token, to: path)
            #expect(try TokenFile.read(path) == token)
        }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: ClientError.self) { try TokenFile.write("x", to: "/nonexistent/token") }
    }

    @Test(arguments: [
        ("https://hypersched.example", true), ("http://127.0.0.1:8472", true), ("http://localhost:8472/x", true),
        ("http://[::1]:8472", true), ("http://10.0.0.1:8472", false), ("http://hypersched.example", false),
        ("http://localhost.example", false), ("http://127.0.0.1.example", false),
        ("http://localhost@evil.example", false),
        ("http://[::2]:1", false),
    ])
    func tokensDoNotCrossAnOpenNetwork(url: String, isSafe: Bool) {
        #expect(TokenFile.isSafe(url: url) == isSafe)
    }
}
