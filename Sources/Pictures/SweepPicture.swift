public import HyperSchedProtocol

/// What a picture of a sweep shows, wherever it comes from: a simulation, or a daemon's records. All times in seconds
/// from the start of the sweep.
public struct SweepPicture: Sendable {
    /// A report of a trial.
    public struct Point: Hashable, Sendable {
        public var seconds: Double
        public var step: Int
        /// In the metric's own direction.
        public var objective: Double

        public init(seconds: Double, step: Int, objective: Double) {
            self.seconds = seconds
            self.step = step
            self.objective = objective
        }
    }

    /// The curve of one trial: the reports of each of its attempts, ascending in time.
    public struct Curve: Sendable {
        public var trial: TrialID
        public var attempts: [[Point]]

        public init(trial: TrialID, attempts: [[Point]]) {
            self.trial = trial
            self.attempts = attempts
        }
    }

    /// An attempt of a trial and what it held.
    public struct Span: Hashable, Sendable {
        public var trial: TrialID
        public var slots: Int
        public var begin: Double
        public var end: Double

        public init(trial: TrialID, slots: Int, begin: Double, end: Double) {
            self.trial = trial
            self.slots = slots
            self.begin = begin
            self.end = end
        }
    }

    /// A new best value.
    public struct Improvement: Hashable, Sendable {
        public var seconds: Double
        public var objective: Double
        public var trial: TrialID

        public init(seconds: Double, objective: Double, trial: TrialID) {
            self.seconds = seconds
            self.objective = objective
            self.trial = trial
        }
    }

    public var metric: Metric
    /// The deadline.
    public var duration: Double
    /// How far it has come; nil: to the deadline.
    public var now: Double?
    /// True when that is where it ended.
    public var hasEnded: Bool
    /// Slots there were, at most.
    public var slots: Int
    public var curves: [Curve]
    public var spans: [Span]
    public var improvements: [Improvement]
    /// Trials that were started, shown or not.
    public var started: Int

    public init(
        metric: Metric, duration: Double, now: Double? = nil, hasEnded: Bool = false, slots: Int, curves: [Curve],
        spans: [Span],
        improvements: [Improvement], started: Int
    ) {
        self.metric = metric
        self.duration = duration
        self.now = now
        self.hasEnded = hasEnded
        self.slots = slots
        self.curves = curves
        self.spans = spans
        self.improvements = improvements
        self.started = started
    }

    /// The winner so far, then those that held most slot-seconds: they get a colour each.
    public func mostHeld(_ count: Int) -> [TrialID] {
        var held: [TrialID: Double] = [:]
        for span in spans { held[span.trial, default: 0] += (span.end - span.begin) * Double(span.slots) }
        let winner = improvements.last?.trial
        let most = held.keys.filter { $0 != winner }.sorted { (held[$0]!, $1) > (held[$1]!, $0) }
        return Array(((winner.map { [$0] } ?? []) + most).prefix(count))
    }

    /// The best values in the order in which they came, from the curves: for records that do not say.
    public static func improvements(of curves: [Curve], metric: Metric) -> [Improvement] {
        let points = curves.flatMap { curve in curve.attempts.joined().map { (curve.trial, $0) } }
            .filter { $0.1.objective.isFinite }
            .sorted { ($0.1.seconds, $0.0, $0.1.step) < ($1.1.seconds, $1.0, $1.1.step) }
        var found: [Improvement] = []
        var best = -Double.infinity
        for (trial, point) in points where metric.score(of: point.objective) > best {
            best = metric.score(of: point.objective)
            found.append(Improvement(seconds: point.seconds, objective: point.objective, trial: trial))
        }
        return found
    }
}
