import Foundation
import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// The program itself: its start, its signals, its end.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProcessTests {
    @Test func endsCleanlyOnSIGTERMAndClosesWaits() async throws {
        let daemon = try DaemonProcess()
        let client = SocketClient(port: try daemon.port())
        _ = try await client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
        let sync = AgentSync(
            session: "s", slots: [], labels: [:], attempts: [], seenVersion: 9, waitSeconds: 15, version: "1")
        async let waiting = client.post("/api/v1/agents/node/sync", sync)
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock().now
        kill(daemon.process.processIdentifier, SIGTERM)
        #expect(try await waiting.status == 200)
        daemon.process.waitUntilExit()
        #expect(ContinuousClock().now - start < .seconds(14))
        #expect(daemon.process.terminationStatus == 0)
        // Everything is in the database itself; no log is left to be replayed.
        let log = try? Data(contentsOf: URL(fileURLWithPath: daemon.directory + "/hyperschedd.sqlite-wal"))
        #expect(log?.isEmpty ?? true)
    }

    @Test func survivesSIGKILL() async throws {
        let daemon = try DaemonProcess()
        let client = SocketClient(port: try daemon.port())
        for number in 1...20 {
            let answer = try await client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
            #expect(answer.status == 201, "\(number)")
        }
        kill(daemon.process.processIdentifier, SIGKILL)
        daemon.process.waitUntilExit()
        let next = try DaemonProcess(directory: daemon.directory)
        let page = try await SocketClient(port: try next.port()).get("/api/v1/sweeps").message(Page<SweepSummary>.self)
        #expect(page.items.map(\.id.rawValue) == Array(1...20).reversed())
    }

    @Test func refusesWhatCanNotWork() throws {
        let daemon = try DaemonProcess()
        let port = try daemon.port()
        let same = try DaemonProcess(directory: daemon.directory)
        #expect(
            try same.failure()
                .hasSuffix("is in use by another hyperschedd: stop it or use another data directory\n"))
        let taken = try DaemonProcess(arguments: ["--listen", "127.0.0.1:\(port)"])
        #expect(
            try taken.failure() == "hyperschedd: listen: 127.0.0.1:\(port) is in use by another program; "
                + "stop it or choose another port with --listen\n")
        let open = try DaemonProcess(arguments: ["--listen", "0.0.0.0:0"])
        #expect(try open.failure().contains("tokens would cross the network as plain text"))
        let odd = try DaemonProcess(arguments: ["--listen", "nowhere"])
        #expect(try odd.failure().contains("expected HOST:PORT"))
        let missing = try DaemonProcess(arguments: ["--config", "/nowhere.yaml"])
        #expect(try missing.failure().contains("/nowhere.yaml: no such file"))
    }
}

/// `hyperschedd` as a process of its own.
final class DaemonProcess {
    let process = Process()
    let directory: String
    private let output = Pipe()
    private let errors = Pipe()

    init(directory: String? = nil, arguments: [String] = ["--listen", "127.0.0.1:0"]) throws {
        self.directory = directory ?? NSTemporaryDirectory() + "hypersched-process-\(UInt64.random(in: 0 ... .max))"
        process.executableURL = try Self.program()
        process.arguments = ["--data-dir", self.directory] + arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// The port that the program says it listens on.
    func port() throws -> Int {
        var text = ""
        while !text.contains("\n") {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { throw StringError("ended: \(try failure())") }
            text += String(decoding: data, as: UTF8.self)
        }
        let last = text.dropLast().split(separator: ":").last ?? ""
        guard text.hasPrefix("listening on http://127.0.0.1:"), let port = Int(last) else { throw StringError(text) }
        return port
    }

    /// What the program said before it ended with status 1.
    func failure() throws -> String {
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 1 else { throw StringError("status \(process.terminationStatus)") }
        return text
    }

    /// Beside the test program; its name depends on whether the package declares the product.
    private static func program() throws -> URL {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        for name in ["hyperschedd", "HyperSchedd"] {
            let url = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: url.path) { return url }
        }
        throw StringError("hyperschedd was not built into \(folder.path)")
    }
}
