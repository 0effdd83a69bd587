import CProcess
import Glibc
import HyperSchedProtocol

/// The agent's handle on the keeper of one attempt.
struct KeeperProcess: Sendable {
    /// nil: the keeper was started by an earlier process of the agent.
    private let pid: pid_t?
    /// The pipe that carries commands, and whose end tells the keeper that the agent is gone.
    private let control: Int32
    private let lock: Int32

    /// Starts one.
    /// - Parameters:
    ///   - command: the directory of the attempt is appended.
    static func start(_ command: [String], in folder: AttemptFolder) throws -> KeeperProcess {
        var pipe: [Int32] = [-1, -1]
        guard cprocess_pipe(&pipe) == 0 else { throw FileAccessError(path: "pipe") }
        let control = pipe[1]
        do {
            return KeeperProcess(pid: try start(command, in: folder, control: pipe[0]), control: control, lock: -1)
        } catch {
            Glibc.close(control)
            throw error
        }
    }

    private static func start(_ command: [String], in folder: AttemptFolder, control: Int32) throws -> pid_t {
        defer { Glibc.close(control) }
        // The lock belongs to the open file, so it passes to the keeper and ends with it, however it ends.
        let lock = open(folder.keeperLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0, cprocess_try_lock(lock) == 1 else { throw FileAccessError(path: folder.keeperLock) }
        defer { Glibc.close(lock) }
        let log = open(folder.keeperLog, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer { Glibc.close(log) }
        let launch = ProcessLaunch(
            program: command[0], arguments: command + [folder.path],
            environment: currentEnvironment().map { "\($0)=\($1)" })
        return try launch.start(.init(input: control, output: log, error: log, passed: lock))
    }

    /// Watches one that an earlier process of the agent started.
    static func adopt(in folder: AttemptFolder) throws(FileAccessError) -> KeeperProcess {
        let lock = open(folder.keeperLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw FileAccessError(path: folder.keeperLock) }
        return KeeperProcess(pid: nil, control: -1, lock: lock)
    }

    /// Does not wait.
    func hasEnded() -> Bool {
        if let pid { return cprocess_collect(pid) != 0 }
        return cprocess_try_lock(lock) == 1
    }

    func stop(graceSeconds: Double) { send("stop \(graceSeconds)\n") }

    /// The keeper stops the program by itself unless it hears again within this time: an agent that hangs can not.
    func renewLease(seconds: Double) { send("lease \(seconds)\n") }

    func kill() { send("kill\n") }

    /// So many bytes of the output were read: a program that is far ahead of that waits.
    func noteTaken(_ bytes: Int64) { send("taken \(bytes)\n") }

    /// An adopted keeper is ending its program already. One that has just ended does not read any more: no harm.
    private func send(_ line: String) {
        guard control >= 0 else { return }
        try? FileAccess.append(Array(line.utf8), to: control, path: "keeper")
    }

    /// Call it once, after the end.
    func close() {
        if control >= 0 { Glibc.close(control) }
        if lock >= 0 { Glibc.close(lock) }
    }
}

/// The agent's environment.
func currentEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            result[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        next += 1
    }
    return result
}
