import HyperSchedProtocol

/// Turns the output of one attempt into reports and announcements, piece by piece; equal bytes give equal results.
/// Reports get their numbers when they are written down (``JournalEntry/numbered(from:)``), where those that come by
/// other ways do, too. Of a gang only the leader's count: the others compute the same numbers, or parts of them.
struct OutputReader: Sendable {
    /// What a piece of output said, in order.
    struct Findings: Sendable {
        var entries: [JournalEntry] = []
        var reports: [TrialReport] { entries.flatMap(\.reports) }
        var checkpoints: [CheckpointAnnouncement] { entries.flatMap(\.checkpoints) }
    }

    private let assignment: Assignment
    private var parser: ReportLineParser
    private var splitter: LineSplitter
    /// The last lines that are no reports.
    private(set) var tail = OutputTail()

    /// Offset of the next byte to be read.
    var offset: Int64 { splitter.offset }
    /// Offset of the first byte of the line that is not complete yet.
    private(set) var lineStart: Int64
    /// What comes before is never needed again: a line that is too long is ignored whatever it holds.
    var neededFrom: Int64 { splitter.isTooLong ? splitter.offset : lineStart }
    var lastStep: Int { parser.lastStep }

    /// - Parameter journal: what was read before.
    init(_ assignment: Assignment, after journal: AttemptJournal.Summary) {
        self.assignment = assignment
        let lastStep = journal.lastStep ?? assignment.resumeFrom?.step ?? 0
        parser = ReportLineParser(
            metricName: assignment.metricName, lastStep: lastStep, patterns: assignment.reportPatterns ?? [])
        splitter = LineSplitter(offset: journal.end)
        lineStart = journal.end
    }

    /// - Parameter elapsed: seconds from the start of the process to now.
    mutating func read(_ bytes: [UInt8], elapsed: Double) -> Findings {
        var findings = Findings()
        for line in splitter.add(bytes) { take(line, elapsed: elapsed, &findings) }
        return findings
    }

    /// The output is over; its last line may lack a line feed.
    mutating func finish(elapsed: Double) -> Findings {
        var findings = Findings()
        if let line = splitter.finish() { take(line, elapsed: elapsed, &findings) }
        return findings
    }

    /// A report that came another way: lines without a step count on from it.
    mutating func note(step: Int) { parser.note(step: step) }

    private mutating func take(_ line: LineSplitter.Line, elapsed: Double, _ findings: inout Findings) {
        let length = line.end - lineStart
        lineStart = line.end
        if line.bytes.isEmpty, length > ReportLineParser.maximumLineLength {
            let most = ReportLineParser.maximumLineLength
            return tail.add(
                Array("[hypersched: a line of \(length) bytes was ignored; a report has at most \(most)]".utf8))
        }
        guard assignment.gang?.isLeader ?? true else { return tail.add(line.bytes) }
        switch parser.parse(line.bytes) {
        case .text: tail.add(line.bytes)
        case .checkpoint(let name, let step):
            let checkpoint = CheckpointAnnouncement(name: name, step: step)
            findings.entries.append(JournalEntry(end: line.end, checkpoint: checkpoint))
        case .report(let found):
            let report = TrialReport(
                attempt: assignment.attempt, sequence: 0, step: found.step, metrics: found.metrics,
                elapsedSeconds: elapsed, setupSeconds: found.setupSeconds, isPartial: found.isPartial ? true : nil)
            let checkpoint = found.checkpoint.map {
                CheckpointAnnouncement(name: $0, step: found.step, objective: found.metrics[assignment.metricName])
            }
            findings.entries.append(JournalEntry(end: line.end, report: report, checkpoint: checkpoint, key: found.key))
        }
    }
}
