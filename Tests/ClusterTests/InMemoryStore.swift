import HyperSchedProtocol
import Scheduler

/// What a store is to the scheduler, without a database: rows by key.
struct InMemoryStore {
    private(set) var sweeps: [SweepID: SweepRecord] = [:]
    private(set) var trials: [TrialID: TrialRecord] = [:]
    private(set) var agents: [AgentID: AgentRecord] = [:]
    private(set) var leases: [TrialID: LeaseRecord] = [:]
    private(set) var reports: [StoredReport] = []
    private var lastReports: [AttemptID: Timestamp] = [:]
    private(set) var attempts: [AttemptRecord] = []
    private(set) var decisions: [Decision] = []
    private(set) var forecasts: [ForecastRecord] = []
    private(set) var outcomes: [SweepOutcome] = []

    mutating func commit(_ changes: ClusterChanges) {
        for row in changes.sweeps { sweeps[row.id] = row }
        for row in changes.trials { trials[row.id] = row }
        for row in changes.agents { agents[row.id] = row }
        for row in changes.endedAttempts where leases[row.attempt.trial]?.attempt == row.attempt {
            leases[row.attempt.trial] = nil
        }
        for row in changes.leases { leases[row.attempt.trial] = row }
        attempts += changes.endedAttempts
        reports += changes.reports
        for report in changes.reports where !report.stale { lastReports[report.report.attempt] = report.at }
        decisions += changes.decisions
        // Rows with the same key take each other's place, as in the database.
        for row in changes.forecasts {
            forecasts.removeAll { $0.sweep == row.sweep && $0.at == row.at }
            forecasts.append(row)
        }
        for row in changes.outcomes {
            outcomes.removeAll { $0.sweep == row.sweep && $0.deadline == row.deadline }
            outcomes.append(row)
        }
    }

    func load(lastSweep: Int64) -> ClusterSnapshot {
        var snapshot = ClusterSnapshot()
        snapshot.sweeps = sweeps.values.sorted { $0.id < $1.id }
        snapshot.trials = trials.values.sorted { $0.id < $1.id }
        snapshot.agents = agents.values.sorted { $0.id < $1.id }
        snapshot.leases = leases.values.sorted { $0.attempt < $1.attempt }.map { lease in
            var lease = lease
            if let at = lastReports[lease.attempt] { lease.reported(at: at) }
            return lease
        }
        for report in reports {
            guard let timing = report.timing, let sweep = trials[timing.trial]?.sweep else { continue }
            snapshot.timings[sweep, default: []].append(timing)
        }
        snapshot.lastSweep = lastSweep
        snapshot.lastTrial = trials.keys.map(\.rawValue).max() ?? 0
        return snapshot
    }
}
