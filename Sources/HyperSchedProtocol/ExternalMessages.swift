/// `POST /api/v1/sweeps/{id}/configurations`: another program proposes a configuration (`method: external`).
public struct ConfigurationProposal: Hashable, Sendable, Codable {
    public var configuration: Configuration
    /// Take it even if the sweep has a trial with the same configuration; nil: no.
    public var allowDuplicate: Bool?

    public init(configuration: Configuration, allowDuplicate: Bool? = nil) {
        self.configuration = configuration
        self.allowDuplicate = allowDuplicate
    }
}

/// A trial as a program that proposes configurations needs to see it: all of it, each time that something has changed.
public struct TrialObservation: Hashable, Sendable, Codable {
    /// The best objective by a number of steps.
    public struct Rung: Hashable, Sendable, Codable {
        public var step: Int
        /// NaN: nothing that could be ranked was reported until then.
        public var value: MetricValue

        public init(step: Int, value: MetricValue) {
            self.step = step
            self.value = value
        }
    }

    /// Grows with each change of any trial of the sweep; the cursor.
    public var number: Int64
    public var trial: TrialID
    public var index: Int
    public var configuration: Configuration
    /// The `Idempotency-Key` with which it was proposed.
    public var key: String?
    public var state: TrialState
    public var stateReason: String?
    /// At min, 2·min, 4·min, … steps below the last one, as far as the trial has come.
    public var rungs: [Rung]
    /// In the metric's own direction; nil: none yet.
    public var best: Double?
    public var bestStep: Int?
    public var last: Double?
    public var lastStep: Int

    public init(
        number: Int64, trial: TrialID, index: Int, configuration: Configuration, key: String?, state: TrialState,
        stateReason: String?, rungs: [Rung], best: Double?, bestStep: Int?, last: Double?, lastStep: Int
    ) {
        self.number = number
        self.trial = trial
        self.index = index
        self.configuration = configuration
        self.key = key
        self.state = state
        self.stateReason = stateReason
        self.rungs = rungs
        self.best = best
        self.bestStep = bestStep
        self.last = last
        self.lastStep = lastStep
    }
}

/// `GET /api/v1/sweeps/{id}/observations?after=CURSOR&wait=SECONDS`
public struct ObservationPage: Hashable, Sendable, Codable {
    /// Trials that have changed since the cursor, each once and as it is now, the longest unchanged first.
    public var items: [TrialObservation]
    /// To be given as `after` next time.
    public var cursor: Int64
    /// There are more already.
    public var hasMore: Bool
    /// Proposals that would be started at once.
    public var wanted: Int
    public var state: SweepState
    public var metric: Metric

    public init(
        items: [TrialObservation], cursor: Int64, hasMore: Bool, wanted: Int, state: SweepState, metric: Metric
    ) {
        self.items = items
        self.cursor = cursor
        self.hasMore = hasMore
        self.wanted = wanted
        self.state = state
        self.metric = metric
    }
}
