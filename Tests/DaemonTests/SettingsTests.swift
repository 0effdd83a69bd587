import Foundation
import Logging
import Scheduler
import Testing

@testable import DaemonCore

@Suite struct SettingsTests {
    private func read(_ text: String) throws(StartError) -> DaemonSettings {
        var settings = DaemonSettings(dataDirectory: "/data")
        try settings.apply(yaml: text, file: "c.yaml")
        return settings
    }

    @Test func everyKeyIsRead() throws {
        let settings = try read(
            """
            listen: "[::1]:9000"
            dataDir: /x
            leaseSeconds: 12.5
            logLevel: debug
            checkpointBytes: 1000
            logBytes: 2000
            allowUnauthenticated: true
            authentication: required
            allowPlaintext: true
            tlsCertificate: /c.pem
            tlsKey: /k.pem
            maxConnections: 100
            lostMarginSeconds: 7
            stopReserveSeconds: 0.5
            preemptAfterSeconds: 0
            turnSeconds: 90
            hopelessTrials: 5
            """)
        #expect(
            settings.cluster
                == ClusterSettings(
                    leaseSeconds: 12.5, lostMarginSeconds: 7, minimumStopReserveSeconds: 0.5, hopelessTrials: 5,
                    preemptAfterSeconds: 0, turnSeconds: 90))
        #expect(settings.listen == ListenAddress(host: "::1", port: 9000))
        #expect(settings.dataDirectory == "/x" && settings.leaseSeconds == 12.5 && settings.logLevel == .debug)
        #expect(settings.authentication == .required && settings.allowPlaintext && settings.maxConnections == 100)
        #expect(settings.tlsCertificate == "/c.pem" && settings.tlsKey == "/k.pem" && settings.asksForTokens)
        #expect(settings.checkpointBytes == 1000 && settings.logBytes == 2000 && settings.allowUnauthenticated)
    }

    @Test func theShippedFileSaysTheDefaults() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../.."
        let text = try String(contentsOfFile: root + "/config/hyperschedd.yaml", encoding: .utf8)
        let uncommented = text.split(separator: "\n")
            .map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
        var expected = DaemonSettings(dataDirectory: "/var/lib/hyperschedd")
        expected.checkpointBytes = 4_294_967_296
        expected.authentication = .off
        expected.tlsCertificate = "/etc/hyperschedd/certificate.pem"
        expected.tlsKey = "/etc/hyperschedd/key.pem"
        #expect(try read(uncommented) == expected)
    }

    @Test(arguments: [
        ("lisen: 1", "c.yaml:1: unknown key 'lisen'; did you mean 'listen'?"),
        ("listen: 8472", "c.yaml:1: listen: expected HOST:PORT"),
        ("listen: localhost:99999", "listen: expected HOST:PORT"),
        ("leaseSeconds: 0", "leaseSeconds: expected a number from 1 to 3600, found '0'"),
        ("turnSecond: 5", "did you mean 'turnSeconds'?"), ("turnSeconds: 0", "a number from 1 to 604800"),
        ("hopelessTrials: 2.5", "a whole number from 1 to 1000, found '2.5'"),
        ("logLevel: loud", "logLevel: expected one of trace, debug"),
        ("allowUnauthenticated: yes", "allowUnauthenticated: expected true or false, found 'yes'"),
        ("authentication: maybe", "authentication: expected required or off, found 'maybe'"),
        ("maxConnections: 1", "a number from 8 to 1000000"),
        ("- a", "write one `key: value` per line"),
        ("a: [", "is not YAML"),
    ])
    func mistakesAreNamed(text: String, message: String) {
        let error = #expect(throws: StartError.self) { try read(text) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func anEmptyFileIsFine() throws {
        #expect(try read("") == DaemonSettings(dataDirectory: "/data"))
        #expect(try read("# nothing\n") == DaemonSettings(dataDirectory: "/data"))
    }

    @Test(arguments: [
        ("127.0.0.1:0", true), ("localhost:80", true), ("[::1]:80", true), ("127.8.8.8:1", true), ("0.0.0.0:1", false),
        ("[::]:1", false), ("127.evil.example:1", false), ("10.0.0.1:1", false),
    ])
    func loopbackIsKnown(text: String, isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(arguments: ["", "x", ":1", "a:b", "::1:80", "host:-1", "a b:1"])
    func badAddressesAreRefused(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
