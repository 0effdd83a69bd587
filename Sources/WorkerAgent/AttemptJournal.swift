import Glibc
import HyperSchedProtocol
import TrialEndpoint

/// One line of an attempt's journal: what one line of output said (`end`), what one request brought (`posted`), or one
/// of the other fields. A line is there whole or not at all, so a request is, too.
struct JournalEntry: Hashable, Sendable, Codable {
    /// Offset in the output just behind the line that said it.
    var end: Int64?
    var report: TrialReport?
    var checkpoint: CheckpointAnnouncement?
    /// The id that the program gave the report.
    var key: String?
    /// What one request brought.
    var posted: [PostedEntry]?
    /// What a request of an MLflow client changed; `posted` has the reports.
    var tracking: TrackingRecord?
    /// The daemon has all reports up to this sequence number.
    var acknowledged: Int64?
    /// The upload of this checkpoint is over.
    var settled: String?
    /// The daemon has the output up to this offset.
    var logged: Int64?
    var ended: AttemptEnded?

    /// Reports in it, in order.
    var reports: [TrialReport] { [report].compactMap(\.self) + (posted ?? []).compactMap(\.report) }
    var keys: [String] { [key].compactMap(\.self) + (posted ?? []).compactMap(\.key) }
    /// Announcements in it, in order.
    var checkpoints: [CheckpointAnnouncement] {
        [checkpoint].compactMap(\.self) + (posted ?? []).compactMap(\.checkpoint)
    }

    /// The reports numbered on from `count`, whatever they were before.
    func numbered(from count: inout Int64) -> JournalEntry {
        func next(_ report: TrialReport?) -> TrialReport? {
            guard var report else { return nil }
            count += 1
            report.sequence = count
            return report
        }
        var entry = self
        entry.report = next(report)
        entry.posted = posted?.map { PostedEntry(report: next($0.report), checkpoint: $0.checkpoint, key: $0.key) }
        return entry
    }
}

/// One item of a request.
struct PostedEntry: Hashable, Sendable, Codable {
    var report: TrialReport?
    var checkpoint: CheckpointAnnouncement?
    var key: String?
}

/// What the agent knows of an attempt, on disk: each report with the time at which it was first seen, so that it is the
/// same report when it is sent again, and how far the daemon has been told.
struct AttemptJournal: Sendable {
    /// What the entries add up to.
    struct Summary: Hashable, Sendable {
        /// Offset up to which the output was read.
        var end: Int64 = 0
        var reportCount: Int64 = 0
        var lastStep: Int?
        var unsent: [TrialReport] = []
        var announced: [CheckpointAnnouncement] = []
        var settled: Set<String> = []
        var logged: Int64 = 0
        var ended: AttemptEnded?
        var keys = RecentKeys()
        var tracking: [TrackingRecord] = []

        mutating func add(_ entry: JournalEntry) {
            if let end = entry.end { self.end = end }
            for report in entry.reports {
                reportCount = report.sequence
                if report.isPartial != true { lastStep = report.step }
                unsent.append(report)
            }
            for checkpoint in entry.checkpoints {
                announced.append(checkpoint)
                settled.remove(checkpoint.name)
            }
            for key in entry.keys { keys.insert(key) }
            if let record = entry.tracking { tracking.append(record) }
            if let acknowledged = entry.acknowledged { unsent.removeAll { $0.sequence <= acknowledged } }
            if let settled = entry.settled { self.settled.insert(settled) }
            if let logged = entry.logged { self.logged = logged }
            if let ended = entry.ended { self.ended = ended }
        }
    }

    private let file: Int32
    private let path: String

    /// Opens or makes the journal. A last line that was cut off by a crash is removed.
    static func open(_ path: String) throws(FileAccessError) -> (journal: AttemptJournal, summary: Summary) {
        let (summary, length) = read((try? FileAccess.read(path)) ?? [])
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0, ftruncate(file, off_t(length)) == 0 else { throw FileAccessError(path: path) }
        return (AttemptJournal(file: file, path: path), summary)
    }

    /// What the lines say, up to the first one that is not whole, and where that begins.
    static func read(_ bytes: [UInt8]) -> (summary: Summary, length: Int64) {
        var summary = Summary()
        var length: Int64 = 0
        var splitter = LineSplitter(maximumLength: .max)
        for line in splitter.add(bytes) {
            guard let entry = try? WireCoding.decode(JournalEntry.self, from: line.bytes) else { break }
            summary.add(entry)
            length = line.end
        }
        return (summary, length)
    }

    /// - Parameter isSynced: it is to survive a loss of power, too.
    func append(_ entries: [JournalEntry], isSynced: Bool = false) throws(FileAccessError) {
        guard !entries.isEmpty else { return }
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += WireCoding.encode(entry)
            bytes.append(0x0A)
        }
        let start = lseek(file, 0, SEEK_END)
        do throws(FileAccessError) {
            try FileAccess.append(bytes, to: file, path: path)
            if isSynced, fdatasync(file) != 0 { throw FileAccessError(path: path) }
        } catch {
            // Half a line would spoil all that is written after it, and what was refused must not come back.
            ftruncate(file, start)
            throw error
        }
    }

    func close() { Glibc.close(file) }
}
