/// Kendall's τ between the ranking at each milestone and that at a later one, over the trials that reached both.
/// A function of the rungs alone, kept only because it takes longer to compute than to look up: never a difference
/// between two policies.
struct RankAgreement: Equatable, Sendable {
    /// The later milestone, and how many trials had reached it.
    private var later = -1
    private var count = -1
    private var values: [Double] = []

    /// Trials compared at most, evenly spaced over their ranks.
    private static let compared = 24
    /// Before any pair is seen τ counts as 0.5, with the weight of so many pairs; no more than `mostPairs` count.
    private static let (priorValue, priorPairs, mostPairs) = (0.5, 4.0, 60.0)

    init() {}

    private init(_ rungs: [Rung], later index: Int) {
        (later, count) = (index, rungs[index].ranked.count)
        let most = min(count, Self.compared)
        let trials = (0..<most).map { rungs[index].ranked[$0 * count / most].trial }
        values = (0..<index).map { earlier in
            let scores = trials.map { rungs[earlier].score(of: $0) ?? Rung.worstScore }
            return Self.shrunk(scores)
        }
    }

    /// - Parameter scores: earlier scores of the trials, by later rank ascending.
    private static func shrunk(_ scores: [Double]) -> Double {
        var (sum, pairs) = (0.0, 0.0)
        for i in scores.indices {
            for j in 0..<i {
                pairs += 1
                sum += scores[j] < scores[i] ? 1 : scores[j] > scores[i] ? -1 : 0
            }
        }
        let weight = min(pairs, mostPairs)
        let seen = pairs > 0 ? sum / pairs * weight : 0
        return (seen + priorValue * priorPairs) / (weight + priorPairs)
    }

    static func of(_ rungs: [Rung], later index: Int, known: RankAgreement) -> RankAgreement {
        known.later == index && known.count == rungs[index].ranked.count ? known : RankAgreement(rungs, later: index)
    }

    /// τ of the ranking at milestone `index`, between -1 and 1, drawn towards 0.5 where few trials are known.
    func value(at index: Int) -> Double { values[index] }

    static func == (a: RankAgreement, b: RankAgreement) -> Bool { true }
}
