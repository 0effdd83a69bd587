internal import HyperSchedProtocol
internal import RealModule

/// Deals the cluster's slots to the running trials (HyperSched's resource policies). Slots are dealt in units of
/// `minSlots`, the published *atom*.
struct Allocation {
    /// One trial that takes part.
    struct Share: Equatable {
        let trial: TrialID
        /// nil: not reported yet, ranked last.
        let score: Double?
        /// Gets more than one unit only when no other trial can take it.
        let isFiller: Bool
    }

    let rule: HyperSchedOptions.Allocation
    /// Units in the cluster.
    let units: Int
    /// Units that one trial may have, at least 1.
    let maxUnits: Int
    /// Published: when maximising, a trial that has not reported counts as the best one.
    var unscoredFirst = false
    /// For ``HyperSchedOptions/Allocation/random``.
    let random: CounterRandom

    /// Units per trial, each at least 1, in the order of `shares`; the sum is at most `units` unless there are more
    /// trials than units.
    func targets(_ shares: [Share]) -> [Int] {
        var targets = shares.map { _ in 1 }
        var extra = max(0, units - shares.count)
        let ranked = shares.indices.sorted { precedes(shares[$0], shares[$1]) }
        switch rule {
        case .none: break
        case .topJob: deal(&extra, to: ranked.prefix(1), &targets)
        case .random: dealRandomly(extra, to: ranked, &targets)
        case .softmax:
            dealByWeight(&extra, shares, &targets)
            deal(&extra, to: ranked.prefix(1), &targets)
            deal(&extra, to: ranked, &targets)
        case .uniform:
            deal(&extra, to: ranked.filter { !shares[$0].isFiller }, &targets)
            deal(&extra, to: ranked.filter { shares[$0].isFiller }, &targets)
        }
        return targets
    }

    /// Best first; equal scores by age.
    private func precedes(_ a: Share, _ b: Share) -> Bool {
        switch (a.score, b.score) {
        case (let x?, let y?) where x != y: x > y
        case (.some, nil): !unscoredFirst
        case (nil, .some): unscoredFirst
        default: a.trial < b.trial
        }
    }

    /// floor(E softmax(score)) units each. A trial without a score has no weight, unless none has one.
    private func dealByWeight(_ extra: inout Int, _ shares: [Share], _ targets: inout [Int]) {
        let best = shares.compactMap(\.score).filter(\.isFinite).max()
        let weights = shares.map { share -> Double in
            guard let best else { return 1 }
            guard let score = share.score, score.isFinite else { return 0 }
            return Double.exp(score - best)
        }
        let (total, all) = (weights.reduce(0, +), Double(extra))
        for (index, weight) in weights.enumerated() {
            let units = min(Int(all * weight / total), maxUnits - targets[index], extra)
            targets[index] += max(0, units)
            extra -= max(0, units)
        }
    }

    /// One by one, round-robin, until the extra units or the room of the trials is used up.
    private func deal(_ extra: inout Int, to order: some Collection<Int>, _ targets: inout [Int]) {
        var dealt = true
        while extra > 0 && dealt {
            dealt = false
            for index in order where extra > 0 && targets[index] < maxUnits {
                targets[index] += 1
                extra -= 1
                dealt = true
            }
        }
    }

    private func dealRandomly(_ extra: Int, to order: [Int], _ targets: inout [Int]) {
        for draw in 0..<extra {
            let open = order.filter { targets[$0] < maxUnits }.sorted()
            guard !open.isEmpty else { return }
            targets[open[random.below(open.count, at: UInt64(draw))]] += 1
        }
    }
}
