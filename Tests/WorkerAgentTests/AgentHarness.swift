import AgentTestSupport
import FoundationEssentials
import Glibc
import HyperSchedProtocol
import Testing

@testable import WorkerAgent

/// An agent process with a directory for a daemon; whatever it left is killed and removed at the end.
final class AgentHarness {
    let folder: String
    let daemon: FolderDaemon
    private var agent: pid_t = 0
    private var version: Int64 = 0

    init() throws {
        var template = Array("/tmp/hypersched-agent-XXXXXX".utf8CString)
        folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
        daemon = try FolderDaemon(path: folder + "/daemon")
    }

    deinit {
        if agent > 0 {
            kill(agent, SIGKILL)
            waitpid(agent, nil, 0)
        }
        for pid in trialProcesses() { kill(pid, SIGKILL) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    var work: WorkFolder { WorkFolder(path: folder + "/work") }

    // MARK: The agent

    private static var fixture: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, 4095))
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + "agent-fixture"
    }

    func startAgent() throws {
        agent = try launchAgent()
    }

    func launchAgent() throws -> pid_t {
        let log = open(folder + "/agent.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer { close(log) }
        let launch = ProcessLaunch(
            program: Self.fixture, arguments: [Self.fixture, "agent", daemon.path, work.path],
            environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "HYPERSCHED_TOKEN=secret"], folder: folder)
        return try launch.start(.init(output: log, error: log))
    }

    func signalAgent(_ number: Int32) { kill(agent, number) }

    /// Its exit status, 128 + signal where a signal ended it.
    func agentStatus() async throws -> Int32 {
        defer { agent = 0 }
        return try await status(of: agent)
    }

    func status(of pid: pid_t) async throws -> Int32 {
        var status: Int32 = 0
        try await wait("end of the agent") { waitpid(pid, &status, WNOHANG) == pid }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    var agentLog: String {
        String(decoding: (try? Data(contentsOf: URL(filePath: folder + "/agent.log"))) ?? Data(), as: UTF8.self)
    }

    // MARK: What is wanted

    func want(_ assignments: Assignment..., lease: Double = 600) throws {
        version += 1
        try daemon.want(DesiredState(version: version, leaseSeconds: lease, assignments: assignments))
    }

    /// A trial that is a shell script.
    func trial(
        _ script: String, trial: Int64 = 1, number: Int = 1, goal: AttemptGoal = .run, slots: [Int] = [0],
        grace: Double = 20, resumeFrom: CheckpointInfo? = nil
    ) -> Assignment {
        Assignment(
            attempt: AttemptID(trial: TrialID(trial), number: number), sweep: SweepID(7), goal: goal, slots: slots,
            program: .command(["/bin/sh", "-c", script]),
            configuration: Configuration([("lr", .real(0.5)), ("depth", .int(3))]), seed: 99, maxSteps: 10,
            metricName: "acc", metricGoal: .maximize, timeLeftSeconds: 3600, graceSeconds: grace,
            resumeFrom: resumeFrom)
    }

    // MARK: Waiting and looking

    /// Looks again and again until it is so; a minute is for a machine that is very busy.
    func wait(_ what: String, until isTrue: () throws -> Bool) async throws {
        for _ in 0..<6000 {
            if try isTrue() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("waited in vain for: \(what)\n\(agentLog)")
        throw CancellationError()
    }

    func end(of attempt: AttemptID) async throws -> AttemptEnded {
        var found: AttemptEnded?
        try await wait("the end of \(attempt)") {
            found = daemon.ends.first { $0.attempt == attempt }
            return found != nil
        }
        return try #require(found)
    }

    func reports(of attempt: AttemptID) -> [TrialReport] { daemon.reports.filter { $0.attempt == attempt } }

    /// Processes of trials of this harness.
    func trialProcesses() -> [pid_t] {
        let mark = Array("HYPERSCHED_CHECKPOINT_DIR=\(folder)".utf8)
        return FileAccess.names(in: "/proc").compactMap { pid_t($0) }.filter { pid in
            guard let environment = try? FileAccess.read("/proc/\(pid)/environ") else { return false }
            return environment.split(separator: 0).contains { $0.starts(with: mark) }
        }
    }

    func file(_ name: String) -> String? {
        (try? Data(contentsOf: URL(filePath: "\(folder)/\(name)"))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// True while a process with the number in this file is alive.
    func isAlive(_ name: String) -> Bool {
        guard let text = file(name), let pid = pid_t(text.filter(\.isNumber)) else { return false }
        guard let state = try? FileAccess.read("/proc/\(pid)/stat") else { return false }
        // A dead one that waits to be collected does not count.
        return !String(decoding: state, as: UTF8.self).contains(") Z ")
    }
}
