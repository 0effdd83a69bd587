import HyperSchedProtocol
import Logging
import TrialStore

/// Writes audit entries, those that come together in one transaction. The change that an entry is about has been made:
/// an entry that can not be written is an error in the daemon's log and no refusal.
actor AuditLog {
    private let store: TrialStoreDatabase
    private let logger: Logger
    private var waiting: [(entry: AuditEntry, done: CheckedContinuation<Void, Never>)] = []
    private var isWriting = false

    init(store: TrialStoreDatabase, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Returns when the entry is durable.
    func record(_ entry: AuditEntry) async {
        await withCheckedContinuation { done in
            waiting.append((entry, done))
            if !isWriting {
                isWriting = true
                Task { await writeAll() }
            }
        }
    }

    private func writeAll() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            do { try await store.append(audit: batch.map(\.entry)) } catch {
                logger.error(
                    "the audit log can not be written",
                    metadata: ["error": "\(error)", "entries": "\(batch.map(\.entry.action))"])
            }
            for item in batch { item.done.resume() }
        }
        isWriting = false
    }
}
