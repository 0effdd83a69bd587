import CProcess
import Glibc
import HyperSchedClient
import HyperSchedProtocol
import Logging

/// Runs an agent until it is told to end: SIGTERM or SIGINT once lets the trials write their checkpoints, twice kills
/// everything.
/// - Returns: the exit status of the process.
/// - Throws: ``AgentStartError``
public func runAgent(_ options: AgentOptions) async throws -> Int32 {
    var options = options
    options.workFolder = absolute(options.workFolder)
    let credential = AgentCredential(options, work: WorkFolder(path: options.workFolder))
    return try await runAgent(options, connection: DaemonClientConnection(credential: credential, agent: options.name))
}

/// As ``runAgent(_:)``, with any daemon.
public func runAgent(_ options: AgentOptions, connection: any DaemonConnection) async throws -> Int32 {
    guard options.name.isValid else { throw AgentStartError.badName(options.name) }
    var options = options
    options.workFolder = absolute(options.workFolder)
    // A keeper may end just when it is sent something.
    signal(SIGPIPE, SIG_IGN)
    // Held for as long as the process lives.
    let lock = try lockWorkFolder(options.workFolder)
    defer { close(lock) }
    let slots = try await SlotInventory.slots(options)
    let shell = AgentShell(
        options, connection: connection, slots: slots, trialFolder: absolute(options.trialFolder ?? "."),
        programFolder: ownProgramFolder())
    options.logger.notice(
        "agent starts",
        metadata: ["name": "\(options.name)", "slots": "\(slots.count)", "folder": "\(options.workFolder)"])
    let pipe = cprocess_end_signals()
    guard pipe >= 0 else { throw AgentStartError.folder(path: "signals", why: String(cString: strerror(-pipe))) }
    let signals = Task { await shell.obeySignals(pipe) }
    defer { signals.cancel() }
    return await shell.run()
}

extension AgentShell {
    /// - Parameter pipe: has a byte for each SIGTERM and SIGINT; reading does not wait.
    func obeySignals(_ pipe: Int32) async {
        var count = 0
        while !Task.isCancelled {
            var byte: UInt8 = 0
            if read(pipe, &byte, 1) == 1 {
                count += 1
                let number = count
                // The first one takes as long as its trials do; the second must not wait for it.
                Task { await end(signalCount: number) }
            } else {
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// The first request drains, the second one kills; either way there is an end to it.
    func end(signalCount: Int) async {
        logger.notice(signalCount == 1 ? "stopping the trials, then the agent" : "killing the trials")
        let grace = machine.attempts.values.map(\.assignment.graceSeconds).max() ?? 0
        if signalCount > 1 { noteAbort() }
        post(signalCount == 1 ? .drain : .abort)
        if signalCount == 1 {
            try? await Task.sleep(for: .seconds(grace + options.drainSeconds))
            logger.warning("the daemon was not told of everything; the next agent on this directory will do it")
            finish(0)
        } else {
            // Keepers that are not ready by then go on without the agent.
            for _ in 0..<100 where machine.attempts.values.contains(where: \.holdsSlots) {
                try? await Task.sleep(for: .milliseconds(50))
            }
            finish(1)
        }
    }
}

private func lockWorkFolder(_ path: String) throws(AgentStartError) -> Int32 {
    let work = WorkFolder(path: path)
    do throws(FileAccessError) {
        try work.create()
    } catch { throw .folder(path: path, why: error.why) }
    let lock = open(work.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else { throw .folder(path: path, why: FileAccessError(path: path).why) }
    guard cprocess_try_lock(lock) == 1 else {
        close(lock)
        throw .folderInUse(path)
    }
    return lock
}

private func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return path == "." ? String(cString: current) : String(cString: current) + "/" + path
}

/// The directory of the agent's own program.
private func ownProgramFolder() -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    guard count > 0 else { return "." }
    let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}
