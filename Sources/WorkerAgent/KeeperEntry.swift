import CProcess
import Glibc
import HyperSchedProtocol

/// The hidden subcommand `internal-keeper DIR`: runs the program of `DIR/launch.json` and leaves nothing of it behind.
///
/// Its standard input is a pipe whose other end only the agent holds. When that ends, the agent is dead, and the
/// program is stopped with its grace. For as long as it lives it holds the lock on `DIR/keeper.lock`, which it
/// inherits.
/// - Parameter arguments: those behind the name of the subcommand.
/// - Returns: the exit status; 0 also where the program failed or could not be started, `DIR/exit.json` tells.
public func runKeeper(arguments: [String]) -> Int32 {
    guard arguments.count == 1 else {
        print("internal-keeper is started by the agent, with the directory of an attempt")
        return 64
    }
    let folder = AttemptFolder(path: arguments[0])
    do {
        let launch = try WireCoding.decode(ProcessLaunch.self, from: FileAccess.read(folder.launchFile))
        let exit = try keep(launch, in: folder)
        // The program may have deleted the directory.
        try FileAccess.makeFolder(folder.path)
        try FileAccess.writeAtomically(WireCoding.encode(exit), to: folder.exitFile)
        return 0
    } catch {
        print("keeper of \(folder.path): \(error)")
        return 70
    }
}

private func keep(_ launch: ProcessLaunch, in folder: AttemptFolder) throws -> KeeperExit {
    guard cprocess_become_keeper() == 0 else { throw FileAccessError(path: "prctl") }
    let sink = open(folder.outputFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard sink >= 0 else { throw FileAccessError(path: folder.outputFile) }
    // Through a pipe, so that a program that writes faster than anybody reads is slowed down and fills no disk.
    var pipe: [Int32] = [-1, -1]
    guard cprocess_pipe(&pipe) == 0 else { throw FileAccessError(path: "pipe") }
    let started = cprocess_monotonic_seconds()
    let record = KeeperStart(keeperPID: getpid(), startedSeconds: started, bootID: currentBootID())
    try FileAccess.writeAtomically(WireCoding.encode(record), to: folder.keeperFile)
    let kills = MemoryKills.count()
    let program: pid_t
    do {
        program = try launch.start(.init(output: pipe[1], error: pipe[1]), parentDeathSignal: SIGKILL)
    } catch {
        return KeeperExit(startFailure: "can not be started: \(error)")
    }
    close(pipe[1])
    var watch = cprocess_watch(
        program: program, control: STDIN_FILENO, source: pipe[0], sink: sink, grace_seconds: launch.graceSeconds,
        started_seconds: started)
    var end = cprocess_end()
    let result = cprocess_keep(&watch, &end)
    guard result == 0 else { throw ProcessLaunchError(what: launch.program, code: -result) }
    var exit = KeeperExit(
        exitCode: end.exit_code < 0 ? nil : Int(end.exit_code), signal: end.signal < 0 ? nil : Int(end.signal),
        elapsedSeconds: end.elapsed_seconds, wasAskedToStop: end.asked_to_stop != 0, wasKilled: end.killed != 0)
    if end.left > 0 { exit.left = Int(end.left) }
    if let kills, let now = MemoryKills.count(), now > kills { exit.memoryKills = now - kills }
    return exit
}

/// The kernel's count of processes that it killed for want of memory.
enum MemoryKills {
    /// nil: this kernel does not say.
    static func count() -> Int? {
        let text = String(decoding: FileAccess.read("/proc/vmstat", from: 0, maximum: 65_536), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst("oom_kill ".count)) }
    }
}

/// Changes with each boot of the machine.
func currentBootID() -> String {
    let bytes = FileAccess.read("/proc/sys/kernel/random/boot_id", from: 0, maximum: 64)
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
}
