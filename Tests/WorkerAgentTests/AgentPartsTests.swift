import FoundationEssentials
import Glibc
import HyperSchedClient
import HyperSchedProtocol
import Logging
import Synchronization
import Testing

@testable import WorkerAgent

/// The pieces of the shell, one by one.
@Suite struct AgentPartsTests {
    private static func folder() -> String {
        var template = Array("/tmp/hypersched-parts-XXXXXX".utf8CString)
        return mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    // MARK: Launch

    @Test func devicesOfATrial() throws {
        var launch = TrialLaunch(
            assignment: AgentMachineTests.assignment(slots: [0, 1]), folder: AttemptFolder(path: "/w/attempts/1.1"),
            parametersFile: "/w/params/1.json", timeLeftSeconds: 5,
            slots: [
                Slot(index: 0, kind: .gpu, device: "GPU-11"), Slot(index: 1, kind: .gpu, device: "GPU-22"),
                Slot(index: 2, kind: .cpu),
            ], environment: ["HYPERSCHED_TOKEN": "secret", "HOME": "/root"], workingFolder: "/", programFolder: "/")
        var environment = try launch.trialEnvironment()
        #expect(environment["CUDA_VISIBLE_DEVICES"] == "GPU-11,GPU-22")
        #expect(environment["HYPERSCHED_TOKEN"] == nil)
        #expect(environment["HOME"] == "/root")
        launch.assignment.slots = [2]
        environment = try launch.trialEnvironment()
        #expect(environment["CUDA_VISIBLE_DEVICES"] == "")
        #expect(environment["OMP_NUM_THREADS"] == "1")
        launch.assignment.slots = [3]
        #expect(throws: TrialLaunchError.unknownSlot(3)) { try launch.trialEnvironment() }
        #expect(TrialLaunch.variableName("opt.lr-é2") == "OPT_LR___2")
    }

    @Test func aProgramIsToldWhenTheCheckpointIsItsParents() throws {
        var launch = TrialLaunch(
            assignment: AgentMachineTests.assignment(slots: [0]), folder: AttemptFolder(path: "/w/attempts/1.1"),
            parametersFile: "/w/params/1.json", timeLeftSeconds: 5, slots: [Slot(index: 0, kind: .cpu)],
            environment: ["HYPERSCHED_PARENT_TRIAL": "99"], workingFolder: "/", programFolder: "/")
        #expect(try launch.trialEnvironment()["HYPERSCHED_PARENT_TRIAL"] == nil, "the agent's own is not handed on")
        let own = launch.assignment.attempt
        for (trial, told) in [(own.trial, nil), (TrialID(own.trial.rawValue + 1), "\(own.trial.rawValue + 1)")] {
            launch.assignment.resumeFrom = CheckpointInfo(
                sha256: "a", size: 1, step: 3, attempt: AttemptID(trial: trial, number: 1))
            let environment = try launch.trialEnvironment()
            #expect(environment["HYPERSCHED_PARENT_TRIAL"] == told)
            #expect(environment["HYPERSCHED_RESUME_FROM"] == launch.folder.resume)
        }
    }

    // MARK: Journal

    @Test func journalSurvivesACutOffLine() throws {
        let folder = Self.folder()
        defer { FileAccess.remove(folder) }
        let path = folder + "/journal"
        let report = TrialReport(
            attempt: AgentMachineTests.id, sequence: 1, step: 1, metrics: ["acc": MetricValue(.nan)], elapsedSeconds: 2)
        let (journal, _) = try AttemptJournal.open(path)
        try journal.append([JournalEntry(end: 10, report: report), JournalEntry(logged: 5)])
        journal.close()
        let whole = try FileAccess.read(path)
        for cut in 0...whole.count {
            try FileAccess.writeAtomically(Array(whole.prefix(cut)), to: path)
            let (reopened, summary) = try AttemptJournal.open(path)
            #expect(summary.unsent.count == (summary.reportCount == 1 ? 1 : 0))
            // What comes after is whole again.
            try reopened.append([JournalEntry(acknowledged: 1)])
            reopened.close()
            let again = AttemptJournal.read(try FileAccess.read(path))
            #expect(again.summary.unsent.isEmpty && again.summary.reportCount == summary.reportCount)
            #expect(again.length == FileAccess.size(of: path))
        }
    }

    @Test func outputIsReadTheSameInAnyPieces() {
        let text = "hi\nacc=1\n[tune-metric]: {\"step\": 5, \"acc\": 2, \"checkpoint\": \"c\"}\nacc=3"
        func entries(pieceLength: Int) -> [JournalEntry] {
            var reader = OutputReader(AgentMachineTests.assignment(), after: .init())
            var rest = Array(text.utf8)[...]
            var found: [JournalEntry] = []
            while !rest.isEmpty {
                found += reader.read(Array(rest.prefix(pieceLength)), elapsed: 1).entries
                rest = rest.dropFirst(pieceLength)
            }
            return found + reader.finish(elapsed: 1).entries
        }
        let whole = entries(pieceLength: 1000)
        #expect(whole.compactMap(\.report).map(\.step) == [1, 5, 6])
        #expect(whole.compactMap(\.checkpoint) == [CheckpointAnnouncement(name: "c", step: 5, objective: 2.0)])
        for length in 1...20 { #expect(entries(pieceLength: length) == whole) }
        // A second reader goes on where the journal ends.
        var summary = AttemptJournal.Summary()
        for entry in whole.prefix(2) { summary.add(entry) }
        var second = OutputReader(AgentMachineTests.assignment(), after: summary)
        let rest = Array(Array(text.utf8)[Int(second.offset)...])
        #expect(second.read(rest, elapsed: 1).entries + second.finish(elapsed: 1).entries == [whole[2]])
    }

    // MARK: Outbox

    @Test func aBadReportDoesNotHoldUpTheOthers() async {
        let connection = PickyConnection(refusing: 3)
        let outbox = ReportOutbox(session: "s", connection: connection, logger: Logger(label: "test"))
        let reports = (1...10).map {
            TrialReport(
                attempt: AgentMachineTests.id, sequence: $0, step: 1, metrics: ["acc": 1.0], elapsedSeconds: 1)
        }
        outbox.add(reports)
        outbox.add(AgentMachineTests.exited)
        let task = Task {
            await outbox.run { list in
                if list.contains(where: \.hasEnd) { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await task.value
        #expect(connection.sequences == [1, 2, 4, 5, 6, 7, 8, 9, 10])
    }

    @Test func failuresByStatus() {
        func failure(_ status: Int) -> ConnectionFailure {
            ConnectionFailure(.problem(Problem(status: status, code: "x", title: "x")))
        }
        for status in [401, 403, 429, 500, 503, 507] {
            guard case .unavailable = failure(status) else {
                Issue.record("\(status)")
                continue
            }
        }
        for status in [400, 404, 413, 422] {
            guard case .refused(status, _) = failure(status) else {
                Issue.record("\(status)")
                continue
            }
        }
        guard case .stale = failure(409) else {
            Issue.record("409")
            return
        }
    }
}

/// Refuses every batch with a certain report in it.
private final class PickyConnection: DaemonConnection {
    private let bad: Int64
    private let taken = Mutex<[Int64]>([])

    init(refusing bad: Int64) { self.bad = bad }

    var sequences: [Int64] { taken.withLock { $0 } }

    func sendReports(_ batch: ReportBatch) async throws(ConnectionFailure) -> ReportReceipt {
        if batch.reports.contains(where: { $0.sequence == bad }) { throw .refused(status: 422, "bad") }
        taken.withLock { $0 += batch.reports.map(\.sequence) }
        return ReportReceipt()
    }

    func sync(_ message: AgentSync) async throws(ConnectionFailure) -> DesiredState { throw .unavailable("") }
    func uploadCheckpoint(_ info: CheckpointInfo, file: String) async throws(ConnectionFailure) {}
    func downloadCheckpoint(_ info: CheckpointInfo, to path: String) async throws(ConnectionFailure) {}
    func appendLog(_ attempt: AttemptID, offset: Int64, bytes: [UInt8]) async throws(ConnectionFailure) {}
}
