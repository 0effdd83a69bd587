import HyperSchedProtocol
import Scheduler

/// What the database must do, without one: rows by key.
struct StoreModel {
    var sweeps: [SweepID: SweepRecord] = [:]
    var trials: [TrialID: TrialRecord] = [:]
    var agents: [AgentID: AgentRecord] = [:]
    var leases: [TrialID: LeaseRecord] = [:]
    var attempts: [AttemptID: AttemptRecord] = [:]
    var reports: [StoredReport] = []
    var decisions: [Decision] = []
    var forecasts: [ForecastRecord] = []
    var outcomes: [SweepOutcome] = []

    mutating func commit(_ changes: ClusterChanges) {
        for row in changes.sweeps { sweeps[row.id] = row }
        for row in changes.trials { trials[row.id] = row }
        for row in changes.agents { agents[row.id] = row }
        for row in changes.endedAttempts {
            if leases[row.attempt.trial]?.attempt == row.attempt { leases[row.attempt.trial] = nil }
            attempts[row.attempt] = row
        }
        for row in changes.leases {
            leases[row.attempt.trial] = row
            if attempts[row.attempt] == nil {
                attempts[row.attempt] = AttemptRecord(
                    attempt: row.attempt, agent: row.agent, slots: row.slots, startedAt: row.startedAt)
            }
        }
        for report in changes.reports where !reports.contains(where: { $0.report.identity == report.report.identity }) {
            reports.append(report)
        }
        decisions += changes.decisions
        forecasts += changes.forecasts
        for outcome in changes.outcomes {
            outcomes.removeAll { $0.sweep == outcome.sweep && $0.deadline == outcome.deadline }
            outcomes.append(outcome)
        }
    }

    var snapshot: ClusterSnapshot {
        var snapshot = ClusterSnapshot()
        snapshot.sweeps = sweeps.values.sorted { $0.id < $1.id }
        snapshot.trials = trials.values.sorted { $0.id < $1.id }
        snapshot.agents = agents.values.sorted { $0.id < $1.id }
        snapshot.leases = leases.values.sorted { $0.attempt < $1.attempt }.map { lease in
            var lease = lease
            for stored in reports where stored.report.attempt == lease.attempt && !stored.stale {
                lease.reported(at: stored.at)
            }
            return lease
        }
        for stored in reports {
            guard let timing = stored.timing, let sweep = trials[timing.trial]?.sweep,
                sweeps[sweep]?.endedAt == nil
            else { continue }
            snapshot.timings[sweep, default: []].append(timing)
        }
        snapshot.lastSweep = sweeps.keys.map(\.rawValue).max() ?? 0
        snapshot.lastTrial = trials.keys.map(\.rawValue).max() ?? 0
        return snapshot
    }

    func ranking(of sweep: SweepID) -> [TrialID] {
        trials.values.filter { $0.sweep == sweep }.sorted { a, b in
            switch (a.bestScore, b.bestScore) {
            case (let x?, let y?) where x != y: x > y
            case (nil, _?): false
            case (_?, nil): true
            default: a.id < b.id
            }
        }.map(\.id)
    }
}

extension TrialReport {
    struct Identity: Hashable {
        let attempt: AttemptID
        let sequence: Int64
    }

    var identity: Identity { Identity(attempt: attempt, sequence: sequence) }
}
