public import HyperSchedProtocol

/// All that the scheduler remembers of one trial. Plain data: what is stored is what is used.
public struct TrialRecord: Hashable, Sendable, Codable {
    public let id: TrialID
    public let sweep: SweepID
    /// 0, 1, … within the sweep; with the sweep's seed it determines the configuration.
    public let index: Int
    public let configuration: Configuration
    public let seed: UInt64
    public let createdAt: Timestamp
    /// Where a trial that goes on from another one's checkpoint comes from; nil: it began at the beginning.
    public var lineage: Lineage?
    public var state: TrialState = .waiting
    public var stateReason: String?
    /// Number of the latest attempt; 0: never started.
    public var attempt = 0
    /// Failed attempts, interruptions not counted.
    public var failures = 0
    /// Completed steps as last reported by a live attempt.
    public var lastStep = 0
    /// Best objective as a score (larger is better), reported by live attempts in time.
    public var bestScore: Double?
    public var bestStep: Int?
    /// Latest objective as a score; nil until the first. NaN never gets here.
    public var lastScore: Double?
    /// Reports of the latest attempt taken so far: the highest sequence number.
    public var lastSequence: Int64 = 0
    /// Reports with the objective, over all attempts.
    public var scoredReports = 0
    /// Reports without it, over all attempts.
    public var unscoredReports = 0
    /// `elapsedSeconds` of the latest report of the latest attempt.
    public var lastElapsed = 0.0
    /// Seconds of training over all attempts, set-up left out (HyperSched's time_total_s).
    public var trainedSeconds = 0.0
    /// Seconds of process life of ended attempts.
    public var wallSeconds = 0.0
    /// Names of all metrics seen, sorted, at most 32.
    public var metricNames: [String] = []
    /// What the next attempt goes on from. Of a child that has written none yet it is its parent's.
    public var latestCheckpoint: CheckpointInfo?
    public var bestCheckpoint: CheckpointInfo?
    /// Step at the start of the latest attempt: an attempt that ends no further made no progress.
    public var attemptStartStep = 0
    /// Where the sweep counts seconds of training: those behind the trial, lost work left out.
    public var progressSeconds: Double?
    /// The same at the latest checkpoint.
    public var checkpointSeconds: Double?
    /// Which steps were completed after how many of these seconds, ascending: the latest ones of the latest attempt.
    public var timeMarks: [TimeMark]?
    /// It was paused because the deadline came, not by the policy: when the deadline is moved it goes on first.
    public var stoppedForDeadline: Bool?
    public var policy = PolicyTrialState()
    /// The key with which it was proposed from outside.
    public var proposalKey: String?
    /// Number of its latest change among those of the sweep; only of method `external`.
    public var observation: Int64?
    /// How its attempts failed, the latest last, at most ``AttemptFailure/maximumKept``; nil: none did.
    public var failureLog: [AttemptFailure]?
    /// Its next attempt wants at least so many slots: the last one ran out of memory. nil: `slots.min`.
    public var leastSlots: Int?
    /// Until when it waits for them; then it takes what there is.
    public var holdsOutUntil: Timestamp?

    public init(
        id: TrialID, sweep: SweepID, index: Int, configuration: Configuration, seed: UInt64, createdAt: Timestamp
    ) {
        self.id = id
        self.sweep = sweep
        self.index = index
        self.configuration = configuration
        self.seed = seed
        self.createdAt = createdAt
    }
}

/// A step and the seconds of training that it took.
public struct TimeMark: Hashable, Sendable, Codable {
    public let step: Int
    public let seconds: Double

    public init(step: Int, seconds: Double) {
        self.step = step
        self.seconds = seconds
    }
}

/// What a policy remembers of one trial: enough to rebuild the policy's own indices after a restart.
public struct PolicyTrialState: Hashable, Sendable, Codable {
    /// One rung that the trial has passed.
    public struct RungScore: Hashable, Sendable, Codable {
        public var milestone: Int
        /// Score recorded when the trial first reached the milestone.
        public var score: Double
        /// Paused at this rung, and not promoted since.
        public var paused: Bool

        public init(milestone: Int, score: Double, paused: Bool = false) {
            self.milestone = milestone
            self.score = score
            self.paused = paused
        }
    }

    /// Ascending by milestone.
    public var rungs: [RungScore] = []
    /// Reports until the next resize is allowed; it is when this is below 0.
    public var cooldown = 0
    /// Slots held when it last gave slots back.
    public var pausedSlots = 0
    /// Resumed below the cut-off because nothing else could use the slots: the rungs that it has passed are not held
    /// against it again.
    public var isFiller = false
    /// What the deadline policy remembers of the curve; nil under other policies.
    public var curve: CurveSketch?
    /// What the median policy remembers of the curve; nil under other policies.
    public var median: MedianSketch?
    /// The trial's place in the population; nil under other policies than `pbt`.
    public var membership: PopulationMembership?

    public init() {}
}
