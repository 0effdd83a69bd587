internal import HyperSchedProtocol

extension DeadlinePolicy {
    /// How well the ranking at one milestone foretells that at the next but one: the share of pairs of trials that
    /// keep their order, over the highest two milestones with enough trials in common. nil: too few trials yet.
    ///
    /// The trials that got far are the better ones and lie close together, so the share says less than it would for
    /// all; that errs towards caution.
    var rankAgreement: Double? {
        let rungs = book.ladder.rungs
        var (kept, pairs) = (0, 0)
        for upper in rungs.indices.reversed() where upper >= 1 && rungs[upper].ranked.count >= 3 {
            let lower = max(0, upper - 2)
            let entries = rungs[upper].ranked.suffix(Self.comparedTrials)
            let before = entries.map { rungs[lower].score(of: $0.trial) ?? Rung.worstScore }
            for i in before.indices {
                for j in 0..<i {
                    pairs += 1
                    // Entries ascend by their later score.
                    if before[i] >= before[j] { kept += 1 }
                }
            }
            if pairs >= Self.enoughPairs { break }
        }
        return pairs >= Self.fewestPairs ? Double(kept) / Double(pairs) : nil
    }

    private static let comparedTrials = 10
    private static let enoughPairs = 40
    private static let fewestPairs = 6

    /// η: while the ranking is unsure, more trials go on.
    var reductionFactor: Int {
        guard options.adapts else { return options.reductionFactor }
        guard let agreement = rankAgreement else { return options.reductionFactor + 1 }
        return agreement >= options.sureRanking
            ? 2 * options.reductionFactor
            : agreement >= options.fairRanking ? options.reductionFactor + 1 : options.reductionFactor
    }

    /// A sure ranking lets a new trial be judged early, so admission may stay open longer.
    var admissionFactor: Double {
        guard options.adapts, let agreement = rankAgreement, agreement >= options.fairRanking else {
            return options.admissionFactor
        }
        return options.admissionFactor * (agreement >= options.sureRanking ? 0.5 : 0.75)
    }

    /// Where early ranks mislead, a trial that has passed a milestone is not judged by it again.
    var judgesAgain: Bool {
        guard options.retests else { return false }
        return !options.adapts || (rankAgreement ?? 0) >= options.sureRanking
    }
}
