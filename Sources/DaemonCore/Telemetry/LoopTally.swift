import HyperSchedProtocol
import Scheduler

/// What the control loop has done since the process began.
struct LoopTally: Sendable {
    struct DecisionKey: Hashable, Comparable, Sendable {
        let kind: DecisionKind
        let rule: String

        static func < (one: DecisionKey, other: DecisionKey) -> Bool {
            (one.kind.rawValue, one.rule) < (other.kind.rawValue, other.rule)
        }
    }

    /// From the arrival of a batch of reports to its answer: waiting, deciding, committing.
    private(set) var reportLatency = DurationHistogram()
    /// Applying what has come and planning, once a round.
    private(set) var deciding = DurationHistogram()
    /// The transaction of a round that changed something.
    private(set) var committing = DurationHistogram()
    private(set) var failedCommits = 0
    private(set) var reports = ReportReceipt()
    private(set) var lateReports = 0
    private(set) var decisions: [DecisionKey: Int] = [:]
    private(set) var endedAttempts: [AttemptOutcome: Int] = [:]

    mutating func noteDecision(took duration: Duration) { deciding.add(duration) }
    mutating func noteCommit(took duration: Duration) { committing.add(duration) }
    mutating func noteFailedCommit() { failedCommits += 1 }

    /// What a durable round has changed.
    mutating func note(_ changes: ClusterChanges) {
        for decision in changes.decisions {
            decisions[DecisionKey(kind: decision.kind, rule: decision.reason.rule), default: 0] += 1
        }
        for attempt in changes.endedAttempts {
            if let outcome = attempt.outcome { endedAttempts[outcome, default: 0] += 1 }
        }
        lateReports += changes.reports.count { $0.late }
    }

    /// A batch of reports that is answered now.
    mutating func noteReports(_ receipt: ReportReceipt, took duration: Duration) {
        reports.accepted += receipt.accepted
        reports.duplicate += receipt.duplicate
        reports.stale += receipt.stale
        reportLatency.add(duration)
    }
}
