import HyperSchedProtocol

/// The rules that a message must keep beyond its types. The scheduler and the database rely on them.
enum MessageLimits {
    static let slots = 1024
    static let labels = 64
    static let attempts = 1024
    static let textLength = 255
    static let messageLength = 4096

    static func check(_ agent: AgentID) throws(Problem) {
        if !agent.isValid { throw .badRequest("an agent's name is 1 to 64 of A-Z a-z 0-9 . _ -") }
    }

    static func check(_ sync: AgentSync) throws(Problem) {
        var findings = Findings()
        findings.require((1...textLength).contains(sync.session.utf8.count), "session", "1 to \(textLength) bytes")
        findings.require(sync.version.utf8.count <= textLength, "version", "at most \(textLength) bytes")
        findings.require(sync.slots.count <= slots, "slots", "at most \(slots)")
        findings.require(sync.slots.allSatisfy { $0.index >= 0 }, "slots", "indices from 0")
        findings.require(Set(sync.slots.map(\.index)).count == sync.slots.count, "slots", "each index once")
        findings.require(
            sync.slots.allSatisfy { ($0.device ?? "").utf8.count <= textLength }, "slots",
            "a device of at most \(textLength) bytes")
        findings.require(
            sync.slots.allSatisfy { ($0.gpu?.name ?? "").utf8.count <= textLength }, "slots",
            "a GPU's name of at most \(textLength) bytes")
        findings.require(sync.labels.count <= labels, "labels", "at most \(labels)")
        findings.require(
            sync.labels.allSatisfy { $0.key.utf8.count <= textLength && $0.value.utf8.count <= textLength }, "labels",
            "names and values of at most \(textLength) bytes")
        findings.require(
            sync.address.map {
                (1...textLength).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            }
                ?? true, "address", "a host name or an address, at most \(textLength) bytes")
        findings.require(sync.attempts.count <= attempts, "attempts", "at most \(attempts)")
        for (index, attempt) in sync.attempts.enumerated() { check(attempt, "attempts.\(index)", &findings) }
        findings.require(sync.seenVersion >= 0, "seenVersion", "not negative")
        findings.require(sync.waitSeconds >= 0, "waitSeconds", "not negative")
        findings.require(
            sync.endsInSeconds.map { (0...1e9).contains($0) } ?? true, "endsInSeconds", "a number from 0 to 1e9")
        try findings.finish()
    }

    static func check(_ batch: ReportBatch) throws(Problem) {
        var findings = Findings()
        findings.require((1...textLength).contains(batch.session.utf8.count), "session", "1 to \(textLength) bytes")
        findings.require(
            batch.reports.count <= ReportBatch.maximumReports, "reports", "at most \(ReportBatch.maximumReports)")
        findings.require(batch.ended.count <= attempts, "ended", "at most \(attempts)")
        for (index, report) in batch.reports.enumerated() { check(report, "reports.\(index)", &findings) }
        for (index, ended) in batch.ended.enumerated() {
            let path = "ended.\(index)"
            check(ended.attempt, "\(path).attempt", &findings)
            findings.require(ended.elapsedSeconds >= 0, "\(path).elapsedSeconds", "not negative")
            findings.require(
                ended.message.utf8.count <= messageLength, "\(path).message", "at most \(messageLength) bytes")
        }
        try findings.finish()
    }

    private static func check(_ report: TrialReport, _ path: String, _ findings: inout Findings) {
        check(report.attempt, "\(path).attempt", &findings)
        findings.require(report.sequence > 0, "\(path).sequence", "1 or more")
        findings.require(report.step >= 0, "\(path).step", "not negative")
        findings.require(report.elapsedSeconds >= 0, "\(path).elapsedSeconds", "not negative")
        findings.require((report.setupSeconds ?? 0) >= 0, "\(path).setupSeconds", "not negative")
        findings.require(
            report.metrics.count <= TrialReport.maximumMetrics, "\(path).metrics",
            "at most \(TrialReport.maximumMetrics)")
        findings.require(
            report.metrics.keys.allSatisfy { (1...TrialReport.maximumNameLength).contains($0.utf8.count) },
            "\(path).metrics", "names of 1 to \(TrialReport.maximumNameLength) bytes")
    }

    private static func check(_ attempt: AttemptID, _ path: String, _ findings: inout Findings) {
        findings.require(attempt.trial.rawValue > 0 && attempt.number > 0, path, "numbers from 1")
    }
}

/// Collects what is wrong with a message, so that the sender learns all of it at once.
private struct Findings {
    /// More would only be noise.
    static let limit = 20
    private var errors: [Problem.FieldError] = []

    mutating func require(_ holds: Bool, _ field: String, _ rule: String) {
        guard !holds, errors.count < Self.limit else { return }
        errors.append(Problem.FieldError(field: field, message: "breaks the rule: \(rule)", fix: "send \(rule)"))
    }

    func finish() throws(Problem) {
        if !errors.isEmpty { throw .invalid(errors) }
    }
}
