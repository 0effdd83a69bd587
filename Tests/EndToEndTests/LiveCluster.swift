import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// A daemon and agents as real processes on loopback, in a directory of their own. Everything is started and ended by
/// process id; what is left when the cluster goes is killed.
final class LiveCluster {
    let directory: URL
    private(set) var daemon: Process?
    private(set) var agents: [String: Process] = [:]
    private(set) var url = ""

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "hypersched-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        for process in agents.values + [daemon].compactMap(\.self) where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: directory)
    }

    // MARK: Programs

    /// Where the programs lie: `HYPERSCHED_BIN`, else beside this test bundle.
    static let programs: URL = {
        if let path = ProcessInfo.processInfo.environment["HYPERSCHED_BIN"] { return URL(filePath: path) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appending(path: ".build/debug")
    }()

    static let trialProgram = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Programs/steady-trial.sh").path()

    private func program(_ name: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = Self.programs.appending(path: name)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        return process
    }

    /// Opens a file that output is appended to.
    private func output(_ name: String) throws -> FileHandle {
        let file = directory.appending(path: name)
        if !FileManager.default.fileExists(atPath: file.path()) {
            _ = FileManager.default.createFile(atPath: file.path(), contents: nil)
        }
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        return handle
    }

    func text(of file: String) -> String {
        (try? String(contentsOf: directory.appending(path: file), encoding: .utf8)) ?? ""
    }

    // MARK: Daemon and agents

    /// Starts the daemon; returns when it listens (its first line says so). A later start uses the same port.
    /// - Parameter settings: text of a configuration file.
    func startDaemon(settings: String? = nil) throws {
        let port = url.split(separator: ":").last.map(String.init) ?? "0"
        if let settings { try write("hyperschedd.yaml", settings) }
        let process = program(
            "hyperschedd",
            ["--data-dir", "data", "--listen", "127.0.0.1:\(port)"]
                + (settings == nil ? [] : ["--config", "hyperschedd.yaml"]))
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = try output("daemon.log")
        try process.run()
        daemon = process
        let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        let prefix = "listening on "
        try #require(line.hasPrefix(prefix), "the daemon said '\(line)'; log: \(text(of: "daemon.log"))")
        url = String(line.dropFirst(prefix.count)).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// - Parameter path: a directory to look for programs in before all others.
    func startAgent(_ name: String = "node", slots: Int = 2, options: [String] = [], path: String? = nil) throws {
        let process = program(
            "hypersched",
            ["agent", "--daemon", url, "--name", name, "--slots", "\(slots)", "--work-dir", "agent-\(name)"] + options)
        if let path {
            var variables = ProcessInfo.processInfo.environment
            variables["PATH"] = path + ":" + (variables["PATH"] ?? "/usr/bin:/bin")
            process.environment = variables
        }
        process.standardOutput = try output("agent-\(name).log")
        process.standardError = process.standardOutput
        try process.run()
        agents[name] = process
    }

    /// Waits for an agent that ends by itself; returns its exit status.
    func awaitAgent(_ name: String) async throws -> Int32 {
        guard let process = agents.removeValue(forKey: name) else { return -1 }
        try await wait(for: "the end of agent \(name)") { !process.isRunning }
        return process.terminationStatus
    }

    func killDaemon() { end(daemon!, with: SIGKILL) }
    func killAgent(_ name: String = "node") { end(agents[name]!, with: SIGKILL) }

    /// Ends agents and daemon as an operator would; both must end with 0.
    func shutDown() {
        for process in agents.values {
            end(process, with: SIGTERM)
            #expect(process.terminationStatus == 0, "the agent's exit status")
        }
        end(daemon!, with: SIGTERM)
        #expect(daemon!.terminationStatus == 0, "the daemon's exit status")
    }

    private func end(_ process: Process, with signal: Int32) {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
    }

    // MARK: The command line

    struct Answer {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs `hypersched` (or another of our programs) to its end.
    @discardableResult
    func run(_ arguments: [String], program name: String = "hypersched", environment: [String: String] = [:]) throws
        -> Answer
    {
        let process = program(name, arguments)
        var variables = ProcessInfo.processInfo.environment
        variables["HYPERSCHED_DAEMON"] = url.isEmpty ? "http://127.0.0.1:1" : url
        variables["COLUMNS"] = "160"
        process.environment = variables.merging(environment) { $1 }
        let (out, err) = ("out-\(UUID().uuidString)", "err-\(UUID().uuidString)")
        process.standardOutput = try output(out)
        process.standardError = try output(err)
        try process.run()
        process.waitUntilExit()
        return Answer(status: process.terminationStatus, output: text(of: out), errors: text(of: err))
    }

    func write(_ name: String, _ text: String) throws {
        try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
    }

    /// Submits a sweep file; returns its id.
    func submit(_ file: String) throws -> SweepID {
        let name = "sweep-\(UUID().uuidString).yaml"
        try write(name, file)
        let answer = try run(["sweep", "run", name, "--json"])
        try #require(answer.status == 0, "\(answer.errors)")
        return try WireCoding.decode(SweepSummary.self, from: answer.output).id
    }

    func json<Value: Decodable>(_ type: Value.Type, _ arguments: [String]) throws -> Value {
        let answer = try run(arguments + ["--json"])
        try #require(answer.status == 0, "\(arguments): \(answer.errors)")
        return try WireCoding.decode(type, from: answer.output)
    }

    func sweep(_ id: SweepID) throws -> SweepSummary { try json(SweepSummary.self, ["sweep", "show", "\(id)"]) }

    /// Waits until `condition` holds, looking again and again; gives up after two minutes. How long it takes decides
    /// nothing but when the test gives up.
    func wait(for what: String, until condition: () async throws -> Bool) async throws {
        let end = ContinuousClock().now + .seconds(120)
        while try await !condition() {
            try #require(ContinuousClock().now < end, "gave up waiting for: \(what); \(text(of: "daemon.log"))")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The API, without retries.
    var client: DaemonClient { DaemonClient(url: url, retry: .never) }

    /// Processes whose command line or environment names this cluster's directory, this test left out.
    func leftProcesses() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { entry in
            guard let id = Int32(entry), id != getpid() else { return nil }
            let parts = ["cmdline", "environ"].map {
                FileManager.default.contents(atPath: "/proc/\(entry)/\($0)") ?? Data()
            }
            let texts = parts.map { String(decoding: $0, as: UTF8.self).replacing("\0", with: " ") }
            return texts.contains { $0.contains(directory.path()) } ? "\(id): \(texts[0].prefix(200))" : nil
        }
    }
}
