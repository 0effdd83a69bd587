public import HyperSchedProtocol

/// A running trial in the order in which slots are dealt, first come first: by latest score, the best one first; equal
/// ones by age; those that have not reported last. Fillers come after all others.
public struct TrialRank: Comparable, Hashable, Sendable {
    /// It goes on although its rank does not ask for it (``PolicyTrialState/isFiller``).
    public let isFiller: Bool
    /// Larger is better; -∞: not reported yet.
    public let score: Double
    public let trial: TrialID

    public init(trial: TrialID, score: Double?, isFiller: Bool) {
        self.isFiller = isFiller
        self.score = score ?? -.infinity
        self.trial = trial
    }

    init(_ trial: TrialRecord) {
        self.init(trial: trial.id, score: trial.lastScore, isFiller: trial.policy.isFiller)
    }

    public static func < (a: Self, b: Self) -> Bool {
        if a.isFiller != b.isFiller { return b.isFiller }
        return a.score != b.score ? a.score > b.score : a.trial < b.trial
    }

    /// Before all that have (`isFiller`) or have not been resumed against their rank.
    static func start(fillers isFiller: Bool) -> TrialRank {
        TrialRank(trial: TrialID(.min), score: .infinity, isFiller: isFiller)
    }

    /// Before all of these that have not reported.
    static func unscoredStart(fillers isFiller: Bool) -> TrialRank {
        TrialRank(trial: TrialID(.min), score: nil, isFiller: isFiller)
    }
}
