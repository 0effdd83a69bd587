import CProcess
import HyperSchedProtocol
import Logging
import TrialEndpoint

/// Looks after one attempt: its keeper, its output, its journal.
actor AttemptSupervisor {
    /// What all supervisors of an agent share.
    struct Surroundings: Sendable {
        var connection: any DaemonConnection
        var outbox: ReportOutbox
        var keeperCommand: [String]
        var pollSeconds: Double
        var logger: Logger
        /// Tells the agent.
        var post: @Sendable (AgentEvent) async -> Void
    }

    nonisolated let folder: AttemptFolder
    nonisolated let assignment: Assignment
    /// What the journal held at first.
    nonisolated let history: AttemptJournal.Summary
    let surroundings: Surroundings
    private let journal: AttemptJournal
    var reader: OutputReader
    private var keeper: KeeperProcess?
    /// What is to be sent to the keeper as soon as there is one.
    private var waitingCommand: (@Sendable (KeeperProcess) -> Void)?
    /// For a keeper that is still to be started.
    private var leaseSeconds: Double?
    private var hasAnnounced: Bool
    private var reportCount: Int64
    private(set) var keys: RecentKeys
    var book: TrackingBook
    /// Nothing runs any more that could report.
    private(set) var isOver = false
    /// nil: it has no token, so nothing can be posted.
    nonisolated let token: TokenDigest?
    private var start: KeeperStart?
    private var logShipping: Task<Void, Never>?
    private var logged: Int64
    private var reclaimed: Int64 = 0
    private(set) var isClosed = false

    /// Unsent reports beyond this stay in the output file until the daemon took some.
    static let maximumUnsent = 100_000
    private static let pieceLength = 256 * 1024
    /// Output beyond this is not sent to the daemon.
    private static let maximumLogged: Int64 = 64 * 1024 * 1024
    /// What was read is given back to the disk in pieces of this many bytes: a program that never stops talking must
    /// not fill it.
    private static let reclaimLength: Int64 = 16 * 1024 * 1024

    /// - Throws: ``FileAccessError`` where the journal can not be opened.
    init(_ assignment: Assignment, in folder: AttemptFolder, _ surroundings: Surroundings) throws {
        self.assignment = assignment
        self.folder = folder
        self.surroundings = surroundings
        (journal, history) = try AttemptJournal.open(folder.journalFile)
        reader = OutputReader(assignment, after: history)
        hasAnnounced = !history.announced.isEmpty
        logged = history.logged
        reportCount = history.reportCount
        keys = history.keys
        book = TrackingBook(
            firstStep: assignment.resumeFrom?.step ?? 0,
            artifactFolder: folder.checkpoints + "/mlflow")
        for record in history.tracking { book.apply(record) }
        token = folder.token
    }

    var id: AttemptID { assignment.attempt }

    // MARK: Commands

    /// Runs the program; returns when no process of it is left and all is read and posted.
    func run(_ launch: ProcessLaunch) async {
        do {
            // Secrets may be in its environment.
            try FileAccess.writeAtomically(WireCoding.encode(launch), to: folder.launchFile, mode: 0o600)
            keeper = try KeeperProcess.start(surroundings.keeperCommand, in: folder)
        } catch {
            let end = ProcessEnd(startFailure: "the trial's keeper can not be started: \(error)")
            return await surroundings.post(.processEnded(id, end))
        }
        await watch()
    }

    /// As ``run(_:)``, for a program that an earlier process of the agent started.
    func adopt() async {
        do {
            keeper = try KeeperProcess.adopt(in: folder)
        } catch {
            surroundings.logger.error("no keeper to adopt", metadata: ["attempt": "\(id)", "error": "\(error)"])
        }
        await watch()
    }

    func stop(graceSeconds: Double) { command { $0.stop(graceSeconds: graceSeconds) } }

    func kill() { command { $0.kill() } }

    /// - Parameter seconds: from now.
    func renewLease(seconds: Double) {
        leaseSeconds = seconds
        keeper?.renewLease(seconds: seconds)
    }

    private func command(_ send: @escaping @Sendable (KeeperProcess) -> Void) {
        guard let keeper else {
            waitingCommand = send
            return
        }
        send(keeper)
    }

    // MARK: Watching

    private func watch() async {
        if let keeper, let leaseSeconds { keeper.renewLease(seconds: leaseSeconds) }
        if let keeper, let waitingCommand { waitingCommand(keeper) }
        waitingCommand = nil
        logShipping = Task { await shipLogRegularly() }
        while true {
            // Asked first: what is read after the end is all there will ever be.
            let hasEnded = keeper?.hasEnded() ?? true
            if hasEnded { isOver = true }
            await readOutput(isLast: hasEnded)
            if hasEnded { break }
            try? await Task.sleep(for: .seconds(surroundings.pollSeconds))
        }
        keeper?.close()
        keeper = nil
        let exit = folder.read(KeeperExit.self, folder.exitFile)
        if exit == nil { await Leftovers.kill(usingCheckpointFolder: folder.checkpoints) }
        await publish(reader.finish(elapsed: elapsed()), isLast: true)
        await surroundings.post(.processEnded(id, processEnd(exit)))
    }

    private func readOutput(isLast: Bool) async {
        while surroundings.outbox.unsentCount(of: id) < Self.maximumUnsent || isLast {
            reclaimOutput()
            let bytes = FileAccess.read(folder.outputFile, from: reader.offset, maximum: Self.pieceLength)
            guard !bytes.isEmpty else { return }
            await publish(reader.read(bytes, elapsed: elapsed()), isLast: isLast)
        }
    }

    /// Behind what was both read and sent the file becomes a hole; offsets stay as they are.
    private func reclaimOutput() {
        let end = min(reader.neededFrom, logged >= Self.maximumLogged ? .max : logged)
        guard end - reclaimed >= Self.reclaimLength else { return }
        // First, so that an agent started later reads on behind the hole.
        note(JournalEntry(end: reader.lineStart))
        if FileAccess.punchHole(folder.outputFile, from: reclaimed, to: end) { reclaimed = end }
    }

    private func publish(_ findings: OutputReader.Findings, isLast: Bool) async {
        while true {
            // Each time anew: meanwhile a request may have brought what an earlier try printed.
            var seen: Set<String> = []
            let entries = findings.entries.map { kept($0, &seen) }
            do {
                try record(entries)
                return await announce(entries)
            } catch {
                surroundings.logger.error("journal", metadata: ["attempt": "\(id)", "error": "\(error)"])
                if isLast {
                    handOn(entries)
                    return await announce(entries)
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// A report that was taken before, under the same id, is left out.
    private func kept(_ entry: JournalEntry, _ seen: inout Set<String>) -> JournalEntry {
        guard let key = entry.key else { return entry }
        return !keys.contains(key) && seen.insert(key).inserted ? entry : JournalEntry(end: entry.end)
    }

    /// Numbers reports, writes them down and hands them on, with no pause for another to come between. Journal
    /// first: what was sent once must be the same when it is sent again.
    func record(_ entries: [JournalEntry], isSynced: Bool = false) throws(FileAccessError) {
        var count = reportCount
        let numbered = entries.map { $0.numbered(from: &count) }
        try journal.append(numbered, isSynced: isSynced)
        handOn(entries)
    }

    private func handOn(_ entries: [JournalEntry]) {
        let numbered = entries.map { $0.numbered(from: &reportCount) }
        for entry in numbered {
            for key in entry.keys { keys.insert(key) }
        }
        surroundings.outbox.add(numbered.flatMap(\.reports))
    }

    func announce(_ entries: [JournalEntry]) async {
        for checkpoint in entries.flatMap(\.checkpoints) {
            hasAnnounced = true
            await surroundings.post(.checkpointAnnounced(id, checkpoint))
        }
    }

    /// Seconds since the program was started, or for how long it lived. After a restart of the agent this may be later
    /// than the line; after a reboot nobody knows any more.
    func elapsed() -> Double {
        if let exit = folder.read(KeeperExit.self, folder.exitFile) { return exit.elapsedSeconds }
        if start == nil { start = folder.read(KeeperStart.self, folder.keeperFile) }
        guard let start, start.bootID == currentBootID() else { return history.unsent.last?.elapsedSeconds ?? 0 }
        return max(0, cprocess_monotonic_seconds() - start.startedSeconds)
    }

    private func processEnd(_ exit: KeeperExit?) -> ProcessEnd {
        let isLeader = assignment.gang?.isLeader ?? true
        let leftover =
            !isLeader || hasAnnounced || FileAccess.names(in: folder.checkpoints).isEmpty
            ? nil : CheckpointAnnouncement(name: CheckpointAnnouncement.wholeDirectory, step: reader.lastStep)
        guard let exit else {
            return ProcessEnd(
                elapsedSeconds: elapsed(), lastLine: reader.lastLine, keeperVanished: true, leftover: leftover)
        }
        return ProcessEnd(
            exitCode: exit.exitCode, signal: exit.signal, elapsedSeconds: exit.elapsedSeconds,
            wasAskedToStop: exit.wasAskedToStop, wasKilled: exit.wasKilled, lastLine: reader.lastLine,
            startFailure: exit.startFailure, leftover: leftover)
    }
}

// MARK: - What the daemon has

extension AttemptSupervisor {
    func noteAcknowledged(_ sequence: Int64) { note(JournalEntry(acknowledged: sequence)) }
    func noteSettled(_ checkpoint: String) { note(JournalEntry(settled: checkpoint)) }
    func noteEnded(_ ended: AttemptEnded) { note(JournalEntry(ended: ended)) }

    /// Without the note something is sent again one day, which changes nothing.
    private func note(_ entry: JournalEntry) {
        // The number of a closed descriptor may be another file's by now.
        guard !isClosed else { return }
        do { try journal.append([entry]) } catch {
            surroundings.logger.error("journal", metadata: ["attempt": "\(id)", "error": "\(error)"])
        }
    }

    /// Sends the rest of the output, if the daemon takes it now, and closes all files.
    func close(sendingLog isSending: Bool) async {
        logShipping?.cancel()
        await logShipping?.value
        if isSending { while await shipLogPiece() {} }
        isClosed = true
        journal.close()
    }

    private func shipLogRegularly() async {
        while !Task.isCancelled {
            while !Task.isCancelled, await shipLogPiece() {}
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Returns true when there may be more.
    private func shipLogPiece() async -> Bool {
        // The trial's log is its leader's.
        guard logged < Self.maximumLogged, assignment.gang?.isLeader ?? true else { return false }
        let bytes = FileAccess.read(folder.outputFile, from: logged, maximum: Self.pieceLength)
        guard !bytes.isEmpty else { return false }
        do {
            try await surroundings.connection.appendLog(id, offset: logged, bytes: bytes)
        } catch {
            if case .unavailable = error { return false }
            surroundings.logger.warning("log refused", metadata: ["attempt": "\(id)", "error": "\(error)"])
            logged = Self.maximumLogged
            return false
        }
        logged += Int64(bytes.count)
        note(JournalEntry(logged: logged))
        return true
    }
}
