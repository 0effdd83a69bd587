import HyperSchedProtocol
import Logging
import Synchronization

/// Reports and ends of attempts on their way to the daemon: in order per attempt, at most
/// ``ReportBatch/maximumReports`` at once, again and again until the daemon has them.
///
/// Adding does not wait, so that one who numbers reports and adds them at once adds them in the order of their numbers:
/// what the daemon has is told by the highest number.
final class ReportOutbox: Sendable {
    /// What the daemon has.
    struct Acknowledgement: Hashable, Sendable {
        var attempt: AttemptID
        /// Up to this report; nil: none was in the batch.
        var sequence: Int64?
        /// The end, too.
        var hasEnd: Bool
    }

    private struct Queue {
        var reports: [TrialReport] = []
        var ended: AttemptEnded?
        var count: Int { reports.count + (ended == nil ? 0 : 1) }
    }

    private let session: String
    private let connection: any DaemonConnection
    private let logger: Logger
    private struct State {
        var queues: [AttemptID: Queue] = [:]
        /// Halved while the daemon refuses a batch, to find the item it does not like.
        var limit = ReportBatch.maximumReports
    }

    private let state = Mutex(State())
    private let (wakeUps, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(session: String, connection: any DaemonConnection, logger: Logger) {
        self.session = session
        self.connection = connection
        self.logger = logger
    }

    func add(_ reports: [TrialReport]) {
        guard let attempt = reports.first?.attempt else { return }
        state.withLock { $0.queues[attempt, default: Queue()].reports += reports }
        wake.yield()
    }

    /// After all reports of the attempt.
    func add(_ ended: AttemptEnded) {
        state.withLock { $0.queues[ended.attempt, default: Queue()].ended = ended }
        wake.yield()
    }

    func discard(_ attempt: AttemptID) { state.withLock { $0.queues[attempt] = nil } }

    func unsentCount(of attempt: AttemptID) -> Int { state.withLock { $0.queues[attempt]?.count ?? 0 } }

    /// Sends until the task is cancelled.
    func run(_ acknowledged: @Sendable ([Acknowledgement]) async -> Void) async {
        var failures = 0
        for await _ in wakeUps {
            while !Task.isCancelled, let batch = nextBatch() {
                do throws(ConnectionFailure) {
                    _ = try await connection.sendReports(batch)
                    failures = 0
                    state.withLock { $0.limit = min($0.limit * 2, ReportBatch.maximumReports) }
                    await acknowledged(settle(batch))
                } catch {
                    failures += 1
                    let dropped = await handle(error, batch, failures: failures)
                    await acknowledged(dropped)
                }
            }
        }
    }

    private func nextBatch() -> ReportBatch? { state.withLock { nextBatch($0) } }

    private func nextBatch(_ state: State) -> ReportBatch? {
        var batch = ReportBatch(session: session, reports: [], ended: [])
        for attempt in state.queues.keys.sorted() {
            guard let queue = state.queues[attempt] else { continue }
            let room = state.limit - batch.reports.count - batch.ended.count
            guard room > 0 else { break }
            batch.reports += queue.reports.prefix(room)
            if let ended = queue.ended, queue.reports.count < room { batch.ended.append(ended) }
        }
        return batch.reports.isEmpty && batch.ended.isEmpty ? nil : batch
    }

    /// Takes what was sent off the queues.
    private func settle(_ batch: ReportBatch) -> [Acknowledgement] {
        var result: [AttemptID: Acknowledgement] = [:]
        for report in batch.reports {
            result[report.attempt, default: .init(attempt: report.attempt, hasEnd: false)].sequence = report.sequence
        }
        for ended in batch.ended {
            result[ended.attempt, default: .init(attempt: ended.attempt, hasEnd: false)].hasEnd = true
        }
        state.withLock { state in
            for (attempt, acknowledgement) in result {
                if let sequence = acknowledgement.sequence {
                    state.queues[attempt]?.reports.removeAll { $0.sequence <= sequence }
                }
                if acknowledgement.hasEnd || state.queues[attempt]?.count == 0 { state.queues[attempt] = nil }
            }
        }
        return result.values.sorted { $0.attempt < $1.attempt }
    }

    private func handle(_ failure: ConnectionFailure, _ batch: ReportBatch, failures: Int) async -> [Acknowledgement] {
        let count = batch.reports.count + batch.ended.count
        switch failure {
        case .unavailable(let why):
            logger.warning("reports wait for the daemon", metadata: ["count": "\(count)", "error": "\(why)"])
            try? await Task.sleep(for: .seconds(Backoff.seconds(afterFailures: failures)))
            return []
        case .stale, .refused:
            guard count == 1 else {
                state.withLock { $0.limit = max(1, count / 2) }
                return []
            }
            logger.error("the daemon refused a report", metadata: ["error": "\(failure)"])
            return settle(batch)
        }
    }
}
