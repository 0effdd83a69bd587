import Glibc
import HyperSchedProtocol

/// One line of an attempt's journal; one of the fields is set, `end` goes with the first two.
struct JournalEntry: Hashable, Sendable, Codable {
    /// Offset in the output just behind the line that said it.
    var end: Int64?
    var report: TrialReport?
    var checkpoint: CheckpointAnnouncement?
    /// The daemon has all reports up to this sequence number.
    var acknowledged: Int64?
    /// The upload of this checkpoint is over.
    var settled: String?
    /// The daemon has the output up to this offset.
    var logged: Int64?
    var ended: AttemptEnded?
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

        mutating func add(_ entry: JournalEntry) {
            if let end = entry.end { self.end = end }
            if let report = entry.report {
                reportCount = report.sequence
                lastStep = report.step
                unsent.append(report)
            }
            if let checkpoint = entry.checkpoint {
                announced.append(checkpoint)
                settled.remove(checkpoint.name)
            }
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

    func append(_ entries: [JournalEntry]) throws(FileAccessError) {
        guard !entries.isEmpty else { return }
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += WireCoding.encode(entry)
            bytes.append(0x0A)
        }
        let start = lseek(file, 0, SEEK_END)
        do throws(FileAccessError) {
            try FileAccess.append(bytes, to: file, path: path)
        } catch {
            // Half a line would spoil all that is written after it.
            ftruncate(file, start)
            throw error
        }
    }

    func close() { Glibc.close(file) }
}
