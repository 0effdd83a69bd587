public import HyperSchedProtocol

/// The scheduler: every sweep, trial, agent and slot, as one value. It has no clock and does no I/O: the control loop
/// hands it what happened and when (``apply(_:at:)``), lets it decide (``plan(at:)``), and stores what changed
/// (``takeChanges()``). Equal inputs give equal states and equal decisions, in any process, on any day.
///
/// Slots change hands in two phases: a lease whose goal is `stop` keeps its slots until the agent has said that the
/// process is gone, so no slot is ever held by two attempts. One ledger owns the slots.
public struct ClusterState: Equatable, Sendable {
    public let settings: ClusterSettings
    var runtimes: RecordMap<SweepID, SweepRuntime> = [:]
    /// Ids of all sweeps, ascending.
    var sweepIDs: SortedList<SweepID> = []
    /// Ids of sweeps that are not terminal or still hold slots, in the order in which they are served.
    var activeSweeps: [SweepID] = []
    var trials: RecordMap<TrialID, TrialRecord> = [:]
    /// Changed by ``setAgent(_:)``, except for `desiredVersion`.
    var agentRecords: RecordMap<AgentID, AgentRecord> = [:]
    /// Ids of all agents, ascending.
    var agentIDs: SortedList<AgentID> = []
    /// Changed by ``setLease(_:of:)``.
    var leasesByTrial: RecordMap<TrialID, LeaseRecord> = [:]
    var leasesByAgent: TreeMap<AgentID, SortedList<TrialID>> = [:]
    var ledger = SlotLedger()
    /// Of the sweeps that compete for slots, as dealt in the last plan.
    var shares: [SweepID: SweepShare] = [:]
    var index = AgentIndex()
    var lastSweep: Int64 = 0
    var lastTrial: Int64 = 0
    var pending = PendingChanges()

    public init(settings: ClusterSettings = ClusterSettings()) {
        self.settings = settings
    }

    /// The next free sweep id.
    public mutating func nextSweepID() -> SweepID {
        lastSweep += 1
        return SweepID(lastSweep)
    }

    /// All sweeps by id.
    public var sweeps: [SweepRecord] { sweepIDs.map { runtimes[$0]!.record } }
    /// All agents by name.
    public var agents: [AgentRecord] { agentIDs.map { agentRecords[$0]! } }
    /// All live leases by trial.
    public var leases: [LeaseRecord] { leasesByTrial.keys.sorted().map { leasesByTrial[$0]! } }

    public func sweep(_ id: SweepID) -> SweepRecord? { runtimes[id]?.record }
    public func trial(_ id: TrialID) -> TrialRecord? { trials[id] }
    public func agent(_ id: AgentID) -> AgentRecord? { agentRecords[id] }
    public func lease(of trial: TrialID) -> LeaseRecord? { leasesByTrial[trial] }

    /// Leases on one agent by trial.
    public func leases(on agent: AgentID) -> [LeaseRecord] {
        (leasesByAgent[agent] ?? []).map { leasesByTrial[$0]! }
    }

    /// Number of trials by state; states without a trial are left out.
    public func trialCounts(of sweep: SweepID) -> [TrialState: Int] { runtimes[sweep]?.counts ?? [:] }

    /// Slots that the sweep's trials hold now, those on their way out included.
    public func slotsHeld(by sweep: SweepID) -> Int { runtimes[sweep]?.heldSlots ?? 0 }

    /// Slots of live agents that could serve the sweep, used or not.
    public func slotsUsable(by sweep: SweepID) -> Int {
        (runtimes[sweep]?.record.spec.slots).map { pool(for: $0).room(for: $0, .all) } ?? 0
    }

    /// What keeps the sweep from going on, one sentence each.
    public func warnings(for sweep: SweepID, at now: Timestamp) -> [String] {
        guard let record = runtimes[sweep]?.record, !record.state.isTerminal else { return [] }
        let request = record.spec.slots
        let pool = pool(for: request)
        if pool.isEmpty {
            let labels = request.labels.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return [
                "no live agent has \(request.kind.rawValue) slots\(labels.isEmpty ? "" : " with labels" + labels): "
                    + "start one with `hypersched agent --daemon URL`"
            ]
        }
        if let obstacle = gangObstacle(request, pool) { return [obstacle] }
        if !request.isGang, pool.largest < request.min {
            return [
                "slots.min is \(request.min), but the largest agent has \(pool.largest) \(request.kind.rawValue) slots"
            ]
        }
        if record.wantedSince != nil {
            return ["waits for configurations that another program proposes: see `method: external`"]
        }
        return feasibilityWarnings(sweep, at: now) + endingWarnings(record, pool, at: now)
    }
}

/// What changed since the last ``ClusterState/takeChanges()``.
struct PendingChanges: Equatable, Sendable {
    var sweeps: Set<SweepID> = []
    var trials: Set<TrialID> = []
    var agents: Set<AgentID> = []
    var leases: Set<TrialID> = []
    var endedAttempts: [AttemptRecord] = []
    var reports: [StoredReport] = []
    var decisions: [Decision] = []
    var forecasts: [ForecastRecord] = []
    var outcomes: [SweepOutcome] = []
}

extension ClusterState {
    /// The rows that changed since the last call, ready to be written in one transaction.
    public mutating func takeChanges() -> ClusterChanges {
        var changes = ClusterChanges()
        changes.sweeps = pending.sweeps.sorted().map { runtimes[$0]!.record }
        changes.trials = pending.trials.sorted().map { trials[$0]! }
        changes.agents = pending.agents.sorted().map { agentRecords[$0]! }
        changes.leases = pending.leases.sorted().compactMap { leasesByTrial[$0] }
        changes.endedAttempts = pending.endedAttempts
        changes.reports = pending.reports
        changes.decisions = pending.decisions
        changes.forecasts = pending.forecasts
        changes.outcomes = pending.outcomes
        pending = PendingChanges()
        return changes
    }

    mutating func decide(
        _ kind: DecisionKind, _ reason: Reason, sweep: SweepID, trial: TrialID? = nil, at now: Timestamp
    ) {
        pending.decisions.append(Decision(at: now, sweep: sweep, trial: trial, kind: kind, reason: reason))
    }
}
