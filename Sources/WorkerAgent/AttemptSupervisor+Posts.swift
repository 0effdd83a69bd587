import HyperSchedProtocol
import Logging
import TrialEndpoint

/// What the program of an attempt posts.
extension AttemptSupervisor {
    /// Takes reports from a request. They are durable when this returns.
    /// - Returns: how many had been taken before.
    /// - Throws: ``Problem``; then none of them was taken.
    func take(_ posted: PostedReports) async throws(Problem) -> Int {
        try checkOpen()
        var seen: Set<String> = []
        let new = posted.items.filter { item in
            item.key.map { !keys.contains($0) && seen.insert($0).inserted } ?? true
        }
        guard !new.isEmpty else { return posted.items.count }
        var step = reader.lastStep
        let elapsed = elapsed()
        let entry = JournalEntry(posted: new.map { postedEntry($0, after: &step, elapsed: elapsed) })
        try write(entry)
        reader.note(step: step)
        await announce([entry])
        return posted.items.count - new.count
    }

    private func checkOpen() throws(Problem) {
        guard !isOver, !isClosed else {
            throw Problem(
                status: 409, code: "attempt_over", title: "The attempt is over", detail: "its program has ended")
        }
        guard surroundings.outbox.unsentCount(of: id) < Self.maximumUnsent else {
            throw Problem(
                status: 503, code: "busy", title: "Too many reports wait for the daemon", detail: "nothing was taken")
        }
    }

    private func write(_ entry: JournalEntry) throws(Problem) {
        do {
            try record([entry], isSynced: true)
        } catch {
            surroundings.logger.error("journal", metadata: ["attempt": "\(id)", "error": "\(error)"])
            throw Problem(
                status: 503, code: "store_failed", title: "The agent can not write",
                detail: "nothing was taken: \(error)")
        }
    }

    private func postedEntry(_ item: PostedReports.Item, after step: inout Int, elapsed: Double) -> PostedEntry {
        var entry = PostedEntry(key: item.key)
        if item.metrics.isEmpty {
            entry.checkpoint = item.checkpoint.map { CheckpointAnnouncement(name: $0, step: item.step ?? step) }
            return entry
        }
        step = item.step ?? step + 1
        entry.report = TrialReport(
            attempt: id, sequence: 0, step: step, metrics: item.metrics, elapsedSeconds: elapsed,
            setupSeconds: item.setupSeconds)
        entry.checkpoint = item.checkpoint.map {
            CheckpointAnnouncement(name: $0, step: step, objective: item.metrics[assignment.metricName])
        }
        return entry
    }

    /// Does what an MLflow client asks for. What it changes is durable when this returns.
    /// - Parameter now: milliseconds since 1970.
    /// - Throws: ``Problem`` or ``TrackingRefusal``; then nothing was changed.
    func track(_ request: TrackingRequest, at now: Int64) async throws -> [UInt8] {
        guard let record = try book.record(for: request, of: id, at: now) else {
            return try book.answer(to: request, nil)
        }
        try checkOpen()
        var step = reader.lastStep
        let elapsed = elapsed()
        let entries = book.reports(of: record).map { found in
            let item = PostedReports.Item(step: found.step, metrics: found.metrics)
            var entry = postedEntry(item, after: &step, elapsed: elapsed)
            // Most programs log one metric at a time.
            if found.metrics[assignment.metricName] == nil { entry.report?.isPartial = true }
            return entry
        }
        try write(JournalEntry(posted: entries.isEmpty ? nil : entries, tracking: record))
        if let last = entries.last(where: { $0.report?.isPartial != true })?.report { reader.note(step: last.step) }
        book.apply(record)
        return try book.answer(to: request, record)
    }
}
