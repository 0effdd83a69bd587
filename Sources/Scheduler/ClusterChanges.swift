public import HyperSchedProtocol

/// What has happened, as the control loop tells the core.
public enum ClusterEvent: Hashable, Sendable {
    case sweepSubmitted(SweepID, SweepSpec)
    case sweepCancelled(SweepID)
    /// Another program proposes a configuration; with the key it may say so again.
    case proposed(SweepID, ConfigurationProposal, key: String?)
    /// No more proposals will come.
    case proposalsClosed(SweepID)
    /// The deadline is moved to a later instant. The timings are all that were stored of the sweep, in order of
    /// arrival; one that has not ended does without.
    case sweepExtended(SweepID, deadline: Timestamp, timings: [ReportTiming]?)
    /// It shares slots in another way from now on.
    case sweepAdjusted(SweepID, SweepAdjustment)
    case agentSynced(AgentID, AgentSync)
    /// `true`: start nothing more there, move what runs away.
    case agentDrained(AgentID, Bool)
    /// The agent's unclean slots are to be used all the same, and what sweeps hold against it is forgotten.
    case agentReleased(AgentID)
    /// `true`: what runs is stopped with a checkpoint, and nothing is started; `false`: it goes on.
    case sweepPaused(SweepID, Bool)
    /// Trials that have ended run again. Timings as with `sweepExtended`.
    case sweepRetried(SweepID, SweepRetry, timings: [ReportTiming]?)
    case reported(AgentID, ReportBatch)
    /// A checkpoint archive is durable in the store.
    case checkpointStored(CheckpointInfo)
    /// Time has passed.
    case tick
}

/// A report as it is stored.
public struct StoredReport: Hashable, Sendable {
    public let report: TrialReport
    public let at: Timestamp
    public let stale: Bool
    public let late: Bool
    /// For live reports in time: what estimates of speed and start-up are made of.
    public let timing: ReportTiming?

    public init(report: TrialReport, at: Timestamp, stale: Bool, late: Bool, timing: ReportTiming?) {
        self.report = report
        self.at = at
        self.stale = stale
        self.late = late
        self.timing = timing
    }
}

/// Everything that one round of the control loop changed: the rows to write in its one transaction.
public struct ClusterChanges: Hashable, Sendable {
    /// Insert or replace, by id ascending.
    public var sweeps: [SweepRecord] = []
    public var trials: [TrialRecord] = []
    public var agents: [AgentRecord] = []
    /// Live leases: insert or replace. One of which only ``LeaseRecord/lastReportAt`` has changed is not among them.
    public var leases: [LeaseRecord] = []
    /// Leases that are over: delete the lease, keep the attempt's history.
    public var endedAttempts: [AttemptRecord] = []
    /// In order of arrival.
    public var reports: [StoredReport] = []
    /// In order.
    public var decisions: [Decision] = []
    /// In order; at most one for each sweep.
    public var forecasts: [ForecastRecord] = []
    /// Of the sweeps that have ended.
    public var outcomes: [SweepOutcome] = []

    public init() {}

    public var isEmpty: Bool {
        sweeps.isEmpty && trials.isEmpty && agents.isEmpty && leases.isEmpty && endedAttempts.isEmpty
            && reports.isEmpty && decisions.isEmpty && forecasts.isEmpty && outcomes.isEmpty
    }
}

/// What the store holds of the scheduler's state: everything needed to go on after a restart.
public struct ClusterSnapshot: Sendable {
    public var sweeps: [SweepRecord] = []
    public var trials: [TrialRecord] = []
    public var agents: [AgentRecord] = []
    public var leases: [LeaseRecord] = []
    /// Per sweep that is not terminal, in order of arrival.
    public var timings: [SweepID: [ReportTiming]] = [:]
    /// The largest ids ever given.
    public var lastSweep: Int64 = 0
    public var lastTrial: Int64 = 0

    public init() {}
}
