/// Times of the cluster, in seconds.
public struct ClusterSettings: Hashable, Sendable {
    /// How long an agent keeps its attempts without an answer to a sync.
    public var leaseSeconds: Double
    /// How much longer than the lease the daemon waits before it gives the trials of a silent agent to others: the
    /// agent must have stopped them by then, so this covers the grace of its processes.
    public var lostMarginSeconds: Double
    /// Least time kept free before a deadline for last checkpoints.
    public var minimumStopReserveSeconds: Double
    /// Trials that may fail without any report of the objective before the sweep is given up.
    public var hopelessTrials: Int
    /// Reports without the objective after which a trial counts as one that never reports it.
    public var unscoredReports: Int
    /// Least time that a trial runs after a start before it may be stopped for another sweep.
    public var preemptAfterSeconds: Double
    /// Where there are fewer slots than sweeps: how long one waits until it is its turn.
    public var turnSeconds: Double
    /// Attempts of a sweep in a row that may fail at their start on one agent before it starts nothing more there.
    public var breakerFailures: Int
    /// How long it starts nothing there before it tries again with one trial; doubled each time, up to 8 times this.
    public var breakerSeconds: Double
    /// How long the first trial runs alone at most (`canary`).
    public var canarySeconds: Double
    /// How long a trial that ran out of memory waits for more slots.
    public var holdOutSeconds: Double

    public init(
        leaseSeconds: Double = 30, lostMarginSeconds: Double = 10, minimumStopReserveSeconds: Double = 3,
        hopelessTrials: Int = 3, unscoredReports: Int = 3, preemptAfterSeconds: Double = 60, turnSeconds: Double = 600,
        breakerFailures: Int = 3, breakerSeconds: Double = 600, canarySeconds: Double = 60,
        holdOutSeconds: Double = 60
    ) {
        self.leaseSeconds = leaseSeconds
        self.lostMarginSeconds = lostMarginSeconds
        self.minimumStopReserveSeconds = minimumStopReserveSeconds
        self.hopelessTrials = hopelessTrials
        self.unscoredReports = unscoredReports
        self.preemptAfterSeconds = preemptAfterSeconds
        self.turnSeconds = turnSeconds
        self.breakerFailures = breakerFailures
        self.breakerSeconds = breakerSeconds
        self.canarySeconds = canarySeconds
        self.holdOutSeconds = holdOutSeconds
    }
}
