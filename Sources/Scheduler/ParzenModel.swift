internal import HyperSchedProtocol
internal import RealModule

/// What users may want to know of method `tpe`.
public enum TPE {
    /// Trials with a score before the model is used.
    public static let startup = 10
}

/// The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kégl: "Algorithms for hyper-parameter
/// optimization", NIPS 2011) in its multivariate form (Falkner, Klein, Hutter: "BOHB", ICML 2018): one density l of the
/// good configurations and one, g, of the others; of some draws from l the one with the largest l/g is proposed.
///
/// - *Levels.* Trials are compared at a milestone min·2^i of the steps, by the best score until then; the last level is
///   the end. The highest level at which enough trials have a score counts (BOHB); a trial that has ended by itself
///   keeps its score at all higher ones. Trials that did not get there are among the others.
/// - *Running trials* are among the others until they are there, so that workers do not all go to one place (the
///   "constant liar" of Ginsbourger et al., 2010).
/// - *Bounded.* Of the others at most ``mostOthers`` are used: the latest, and every so many-th of the rest.
struct ParzenModel: Equatable, Sendable {
    /// Best first.
    private struct Entry: Comparable, Sendable {
        let score: Double
        let index: Int

        static func < (a: Self, b: Self) -> Bool { (-a.score, a.index) < (-b.score, b.index) }
    }

    private struct Known: Equatable, Sendable {
        let point: ParzenMixture.Point
        /// By level, from the lowest.
        var scores: [Double] = []
        var counts = false
    }

    /// Draws from the density of the good ones.
    static let draws = 24
    static let mostGood = 25
    static let mostOthers = 256
    /// Of the others that are used, so many are the latest.
    static let latestOthers = 64

    private let space: SearchSpace
    private let seed: UInt64
    private let levelCount: Int
    private let lastLevel: Int
    /// By trial index; for look-up only, never iterated.
    private var known: TreeMap<Int, Known> = [:]
    /// Trials that count, running ones included.
    private var members: SortedList<Int> = []
    private var levels: [SortedList<Entry>]

    init(space: SearchSpace, steps: StepRange, seed: UInt64) {
        self.space = space
        self.seed = seed
        levelCount = RungLadder.milestones(steps: steps, reductionFactor: 2).count + 1
        lastLevel = levelCount - 1
        levels = Array(repeating: [], count: levelCount)
    }

    // MARK: Observations

    /// Takes in the trial as it is now.
    mutating func observe(_ trial: TrialRecord) {
        var entry =
            known[trial.index] ?? Known(point: ParzenMixture.Point(space.values(of: trial.configuration), space))
        let scores = scores(of: trial)
        for level in 0..<max(scores.count, entry.scores.count) {
            let old = level < entry.scores.count ? entry.scores[level] : nil
            let new = level < scores.count ? scores[level] : nil
            guard old != new else { continue }
            if let old { levels[level].remove(Entry(score: old, index: trial.index)) }
            if let new { levels[level].insert(Entry(score: new, index: trial.index)) }
        }
        // A trial that failed for reasons of its own says nothing about its configuration.
        let counts = !scores.isEmpty || !trial.state.endsWithoutResult
        if counts != entry.counts {
            if counts { members.insert(trial.index) } else { members.remove(trial.index) }
        }
        entry.scores = scores
        entry.counts = counts
        known[trial.index] = entry
    }

    private func scores(of trial: TrialRecord) -> [Double] {
        if trial.state == .diverged { return [Rung.worstScore] }
        var scores = (trial.policy.curve?.marks ?? []).prefix(lastLevel).map(\.best)
        if trial.state == .completed, let best = trial.bestScore {
            scores += Array(repeating: best, count: levelCount - scores.count)
        }
        return scores
    }

    // MARK: Proposals

    /// - Parameter isNew: a configuration for which this is false is not proposed.
    /// - Returns: nil while too little is known, and when nothing new was found.
    func proposal(index: Int, where isNew: (Configuration) -> Bool) -> Configuration? {
        guard levels[0].count >= TPE.startup else { return nil }
        let good = goodOnes()
        let others = otherOnes(than: Set(good))
        let (l, g) = (mixture(of: good.sorted()), mixture(of: others))
        let random = CounterRandom(seed: seed).stream("tpe").stream(UInt64(index))
        let drawn = (0..<Self.draws).map { draw -> (gain: Double, draw: Int, values: [ParameterValue?]) in
            let values = l.draw(space, random.stream(UInt64(draw)))
            let point = ParzenMixture.Point(values, space)
            return (l.logDensity(point) - g.logDensity(point), draw, values)
        }
        let ranked = drawn.sorted { (-$0.gain, $0.draw) < (-$1.gain, $1.draw) }
        return ranked.lazy.map { space.configuration($0.values) }.first(where: isNew)
    }

    /// Kernels of both densities.
    var kernelCount: Int {
        let good = goodOnes()
        return good.count + otherOnes(than: Set(good)).count
    }

    private func goodOnes() -> [Int] {
        let count = min((levels[0].count + 9) / 10, Self.mostGood)
        let level = levels.lastIndex { $0.count >= max(TPE.startup, 2 * count) } ?? 0
        return levels[level].prefix(count).map(\.index)
    }

    private func otherOnes(than good: Set<Int>) -> [Int] {
        let latest = max(0, members.count - Self.latestOthers)
        let room = Self.mostOthers - Self.latestOthers
        let stride = max(1, (latest + room - 1) / room)
        let ranks = Array(Swift.stride(from: 0, to: latest, by: stride)) + Array(latest..<members.count)
        return ranks.map { members[$0] }.filter { !good.contains($0) }
    }

    /// - Parameter indices: ascending.
    private func mixture(of indices: [Int]) -> ParzenMixture {
        ParzenMixture(indices.map { known[$0]!.point }, space)
    }
}

extension TrialState {
    /// Ended for reasons that have nothing to do with how good its configuration is.
    fileprivate var endsWithoutResult: Bool {
        switch self {
        case .failed, .noMetric, .cancelled: true
        case .waiting, .running, .paused, .completed, .pruned, .diverged: false
        }
    }
}
