public import HyperSchedProtocol

/// Hyperband's brackets: bracket s has its first rung at r η^s, and the trials are dealt to the brackets in Hyperband's
/// proportions.
public struct HyperbandBrackets: Hashable, Sendable {
    /// Steps at the first rung of each bracket; at R a bracket has no rung and its trials run through.
    public let firstRungs: [Int]
    /// Bracket s gets `weights[s]` of every ``total`` trials.
    public let weights: [Int]

    /// The first `limit` brackets of those that the steps allow, at least one.
    ///
    /// Hyperband (Li et al., JMLR 2018, Algorithm 1) gives the bracket with k halvings ⌈B η^k / (k + 1)⌉ trials, B
    /// being the number of brackets.
    public init(steps: StepRange, reductionFactor: Int, limit: Int?) {
        precondition(steps.min >= 1 && reductionFactor >= 2, "r must be at least 1 and η at least 2")
        var rungs = [steps.min]
        while true {
            let (next, overflow) = rungs[rungs.count - 1].multipliedReportingOverflow(by: reductionFactor)
            if overflow || next > steps.max { break }
            rungs.append(next)
        }
        firstRungs = Array(rungs.prefix(max(1, limit ?? rungs.count)))
        let count = firstRungs.count
        weights = firstRungs.indices.map { bracket in
            let halvings = count - 1 - bracket
            let power = (0..<halvings).reduce(1) { product, _ in product * reductionFactor }
            return (count * power + halvings) / (halvings + 1)
        }
    }

    public var total: Int { weights.reduce(0, +) }

    /// The bracket of the trial with this index: a pure function of the sweep's seed, so that neither the order of
    /// events nor a restart matters.
    public func bracket(ofTrial index: Int, seed: UInt64) -> Int {
        var rest = CounterRandom(seed: seed).stream("bracket").below(total, at: UInt64(index))
        for (bracket, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return bracket }
        }
        preconditionFailure("the weights are all used up")
    }
}
