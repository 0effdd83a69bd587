internal import HyperSchedProtocol

/// The same shares as ``Allocation/targets(_:)`` gives, for single trials of a ranking and without a pass over it.
extension Allocation {
    /// True when a trial's share follows from its rank alone.
    var goesByRank: Bool {
        switch rule {
        case .none, .topJob, .uniform: true
        case .random, .softmax: false
        }
    }

    /// Units of the trial, which is in the ranking. O(log n).
    func units(of trial: TrialRank, among ranked: SortedList<TrialRank>) -> Int {
        precondition(goesByRank, "this rule looks at all scores")
        let extra = max(0, units - ranked.count)
        switch rule {
        case .uniform:
            let others = ranked.lowerBound(of: .start(fillers: true))
            let toOthers = min(extra, others * (maxUnits - 1))
            return trial.isFiller
                ? dealt(extra - toOthers, to: place(of: trial, among: ranked), of: ranked.count - others)
                : dealt(toOthers, to: place(of: trial, among: ranked), of: others)
        case .topJob: return trial == best(of: ranked) ? 1 + min(extra, maxUnits - 1) : 1
        case .none, .random, .softmax: return 1
        }
    }

    /// Round-robin: what the trial at this place of `count` has when `extra` units are dealt beyond one each.
    private func dealt(_ extra: Int, to place: Int, of count: Int) -> Int {
        let (each, rest) = extra.quotientAndRemainder(dividingBy: count)
        return min(maxUnits, 1 + each + (place < rest ? 1 : 0))
    }

    /// Where the trial stands among those that are, or are not, fillers.
    private func place(of trial: TrialRank, among ranked: SortedList<TrialRank>) -> Int {
        let (scored, end) = bounds(ranked, fillers: trial.isFiller)
        let place = ranked.lowerBound(of: trial)
        guard unscoredFirst else { return place - scored.lowerBound }
        return trial.score == -.infinity
            ? place - scored.upperBound : place - scored.lowerBound + end - scored.upperBound
    }

    /// The ranks of those with a score, and the end of those without one, which follow.
    private func bounds(_ ranked: SortedList<TrialRank>, fillers: Bool) -> (scored: Range<Int>, end: Int) {
        let start = fillers ? ranked.lowerBound(of: .start(fillers: true)) : 0
        let end = fillers ? ranked.count : ranked.lowerBound(of: .start(fillers: true))
        return (start..<ranked.lowerBound(of: .unscoredStart(fillers: fillers)), end)
    }

    /// The best of all, whether they are fillers or not.
    private func best(of ranked: SortedList<TrialRank>) -> TrialRank? {
        let leaders = [false, true].compactMap { first(of: ranked, fillers: $0) }
        return leaders.min { precedes($0, $1) }
    }

    private func first(of ranked: SortedList<TrialRank>, fillers: Bool) -> TrialRank? {
        let (scored, end) = bounds(ranked, fillers: fillers)
        let unscored = scored.upperBound..<end
        return (unscoredFirst ? [unscored, scored] : [scored, unscored]).lazy.compactMap(\.first).first.map {
            ranked[$0]
        }
    }

    private func precedes(_ a: TrialRank, _ b: TrialRank) -> Bool {
        let (x, y) = (a.score == -.infinity, b.score == -.infinity)
        if x != y { return y != unscoredFirst }
        return a.score != b.score ? a.score > b.score : a.trial < b.trial
    }
}
