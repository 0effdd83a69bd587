/// Population based training (Jaderberg et al., 2017, arXiv 1711.09846): every `interval` steps a trial that is among
/// the worst is replaced by a copy of one of the best, which goes on from its checkpoint with other hyperparameters.
public struct PBTOptions: Hashable, Sendable, Codable {
    /// What becomes of a trial that is replaced.
    public typealias Action = MedianOptions.Action

    /// Trials that are trained side by side; nil: as many as the sweep's slots allow, at least
    /// ``smallestPopulation``.
    public var population: Int?
    /// Steps from one comparison to the next, counted from `steps.min`; nil: a tenth of `steps.max`.
    public var interval: Int?
    /// Share of the population that is worst, and that is best: more than 0, at most 0.5.
    public var quantile: Double
    /// Chance of each hyperparameter to be drawn anew instead of being perturbed.
    public var resampleProbability: Double
    /// A perturbed number is multiplied by one of these.
    public var factors: [Double]
    public var action: Action

    public static let smallestPopulation = 4

    public init(
        population: Int? = nil, interval: Int? = nil, quantile: Double = 0.25, resampleProbability: Double = 0.25,
        factors: [Double] = [0.8, 1.2], action: Action = .prune
    ) {
        self.population = population
        self.interval = interval
        self.quantile = quantile
        self.resampleProbability = resampleProbability
        self.factors = factors
        self.action = action
    }

    /// The steps at which a trial is compared with the population.
    public func points(_ steps: StepRange) -> JudgementPoints {
        JudgementPoints(first: steps.min, interval: interval ?? max(1, steps.max / 10), last: steps.max)
    }
}
