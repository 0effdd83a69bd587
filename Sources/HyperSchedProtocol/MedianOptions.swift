/// The median stopping rule (Golovin et al., "Google Vizier", KDD 2017): a trial ends when its best objective so far is
/// strictly worse than the median over other trials at the same step.
public struct MedianOptions: Hashable, Sendable, Codable {
    /// What of the other trials the median is taken of.
    public enum Statistic: String, Hashable, Sendable, Codable, CaseIterable {
        /// Mean of all objectives up to the step: Vizier's rule, also that of Ray Tune.
        case average
        /// Best objective up to the step.
        case best
        /// Objective at the step: Optuna's rule.
        case value
    }

    /// Which other trials count.
    public enum Peers: String, Hashable, Sendable, Codable, CaseIterable {
        /// All that got as far, whatever became of them: Ray Tune's rule.
        case reached
        /// Only those that are complete: the rule of Vizier and Optuna.
        case completed
    }

    /// What happens to a trial that is worse.
    public enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        case prune
        /// It keeps its checkpoint and goes on when nothing else can use the slots.
        case pause
    }

    /// Points of judgement that one sweep may have: each costs a number per trial.
    public static let mostPoints = 256
    /// Points of judgement where ``interval`` is not given.
    static let usualPoints = 64

    public var statistic: Statistic
    public var peers: Peers
    public var action: Action
    /// Steps before the first judgement; nil: `steps.min`. Averages are taken from there on, too.
    public var graceSteps: Int?
    /// Other trials that must have got as far.
    public var minTrials: Int
    /// Steps from one judgement to the next; nil: as few as make no more than 64 of them.
    public var interval: Int?

    public init(
        statistic: Statistic = .average, peers: Peers = .reached, action: Action = .prune, graceSteps: Int? = nil,
        minTrials: Int = 3, interval: Int? = nil
    ) {
        self.statistic = statistic
        self.peers = peers
        self.action = action
        self.graceSteps = graceSteps
        self.minTrials = minTrials
        self.interval = interval
    }

    /// The steps at which trials are judged: `grace`, `grace` + `interval`, … below the last step.
    public func points(_ steps: StepRange) -> JudgementPoints {
        let first = graceSteps ?? steps.min
        let span = max(0, steps.max - first)
        let interval = interval ?? max(1, (span + Self.usualPoints - 1) / Self.usualPoints)
        return JudgementPoints(first: first, interval: interval, last: steps.max)
    }
}
