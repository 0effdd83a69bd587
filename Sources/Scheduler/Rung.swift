internal import HyperSchedProtocol

/// A trial's score at a rung. The larger one is the better trial; of equal scores that of the older trial.
struct RungEntry: Comparable, Sendable {
    let score: Double
    let trial: TrialID

    static func < (a: Self, b: Self) -> Bool {
        a.score != b.score ? a.score < b.score : a.trial > b.trial
    }
}

/// The score that a trial must have at a rung.
struct RungCutoff: Equatable, Sendable {
    let value: Double
    /// How far two numbers may differ that are the same for people. The 75th percentile of 0.2 and 0.4 is
    /// 0.35000000000000003 in binary: a trial that scored 0.35 is at the cut-off, not below it.
    let tolerance: Double

    /// A tie keeps the trial.
    func isBelow(_ score: Double) -> Bool { value - score > tolerance }

    /// No score reaches a cut-off that is no number.
    func isReached(by score: Double) -> Bool { !value.isNaN && !isBelow(score) }

    /// As a plain comparison of NumPy's percentile has it.
    var exact: RungCutoff { RungCutoff(value: value, tolerance: 0) }

    /// Neither paused below it nor promoted above it.
    static let notANumber = RungCutoff(value: .nan, tolerance: 0)
}

/// One milestone of successive halving: the first score that each trial had at or after it, in order.
///
/// A score that is no number (a NaN turned into the worst value) is remembered but not ranked, so one broken trial does
/// not move the cut-off of the others.
struct Rung: Equatable, Sendable {
    /// Completed steps at which a trial reaches this rung.
    let milestone: Int
    /// Worst first.
    private(set) var ranked: SortedList<RungEntry> = []
    /// Trials paused here and not resumed since, worst first.
    private(set) var paused: SortedList<RungEntry> = []
    /// For look-up only, never iterated.
    private var scores: TreeMap<TrialID, Double> = [:]

    /// What a NaN counts as.
    static let worstScore = -Double.greatestFiniteMagnitude

    init(milestone: Int) { self.milestone = milestone }

    func score(of trial: TrialID) -> Double? { scores[trial] }

    /// The first score counts; later ones are ignored.
    mutating func record(_ score: Double, of trial: TrialID) {
        guard scores[trial] == nil else { return }
        scores[trial] = score
        if score > Self.worstScore { ranked.insert(RungEntry(score: score, trial: trial)) }
    }

    mutating func pause(_ trial: TrialID) {
        let entry = RungEntry(score: scores[trial]!, trial: trial)
        if !paused.contains(entry) { paused.insert(entry) }
    }

    mutating func unpause(_ trial: TrialID) {
        paused.remove(RungEntry(score: scores[trial]!, trial: trial))
    }

    /// The percentile 100 (1 - 1/η) of the scores here; nil when fewer than `count` trials have one.
    func cutoff(reductionFactor: Int, atLeast count: Int) -> RungCutoff? {
        guard ranked.count >= max(1, count) else { return nil }
        let place = OrderStatistics.place(count: ranked.count, reductionFactor - 1, over: reductionFactor)
        let low = ranked[place.index].score
        let high = ranked[min(place.index + 1, ranked.count - 1)].score
        return RungCutoff(
            value: OrderStatistics.interpolate(low, high, place.fraction),
            tolerance: 4 * max(low.magnitude, high.magnitude).ulp)
    }

    /// How many trials here are strictly better. O(log n).
    func better(than score: Double) -> Int {
        // Of equal scores the older trial ranks higher, and no trial is as old as this one.
        ranked.count - ranked.lowerBound(of: RungEntry(score: score, trial: TrialID(.min)))
    }

    /// Trials that were here and are not paused here: promoted, as far as this rung knows.
    var promoted: Int { scores.count - paused.count }

    /// A score that is no number was recorded here.
    var hasUnranked: Bool { scores.count > ranked.count }

    /// floor(n/η): how many of the trials here may be promoted.
    func promotable(reductionFactor: Int) -> Int { ranked.count / reductionFactor }

    /// The entry is among the best floor(n/η) here.
    func isInTop(_ entry: RungEntry, reductionFactor: Int) -> Bool {
        let top = promotable(reductionFactor: reductionFactor)
        return top > 0 && entry >= ranked[ranked.count - top]
    }

    func isInTop(_ trial: TrialID, reductionFactor: Int) -> Bool {
        guard let score = scores[trial] else { return false }
        return isInTop(RungEntry(score: score, trial: trial), reductionFactor: reductionFactor)
    }

    /// The best trials here besides `trial`, best first, at most three: those that decide its fate.
    func leaders(besides trial: TrialID) -> [TrialID] {
        Array(ranked.suffix(4).reversed().map(\.trial).filter { $0 != trial }.prefix(3))
    }
}
