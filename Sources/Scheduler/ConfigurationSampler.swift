public import HyperSchedProtocol

/// Where the configurations of one sweep come from. What it proposes is a function of the sweep (seed, space, method),
/// of the trial's index, and of the trials that it was told of: so a sampler that is rebuilt from the store goes on as
/// the one that was lost would have.
///
/// - grid: all points of the space in order, see ``SearchSpace``.
/// - random: each parameter from its own stream of (seed, index, name); a finite space with equally likely points is
///   gone through in a random order.
/// - sobol: scrambled ``SobolSequence``, through the distribution of each parameter.
/// - tpe: ``ParzenModel``, after the first trials, which are Sobol points.
/// - external: nothing; another program proposes.
///
/// In a space with a known number of configurations none is given twice. In an endless one a configuration that was
/// there before is drawn anew, up to ``redraws`` times.
public struct ConfigurationSampler: Equatable, Sendable {
    private enum Source: Equatable, Sendable {
        case grid
        /// A random order of all points, place by place.
        case shuffle
        /// A random order of few points of unequal weight.
        case order([Int])
        case random
        case sobol(SobolSequence)
        case tpe(SobolSequence)
        case external
    }

    /// Spaces with unequal points up to this size are put in order at once.
    public static let largestWeightedSpace = 4_096
    /// How often a configuration that was there before is drawn anew.
    static let redraws = 32

    public let space: SearchSpace
    private let source: Source
    private let seed: UInt64
    /// Proposals from outside.
    let isExternal: Bool
    /// Configurations of trials made so far, each with the first trial that has it; only where one could come again.
    private var given: TreeMap<Configuration, TrialID>?
    private var model: ParzenModel?

    public init(_ spec: SweepSpec) {
        space = SearchSpace(spec.parameters, skipsImpossible: spec.method != .grid)
        seed = spec.seed
        isExternal = spec.method == .external
        source = Self.source(spec, space)
        switch source {
        case .grid, .shuffle, .order: given = nil
        case .random, .sobol: given = space.alwaysVaries ? nil : [:]
        case .tpe:
            given = [:]
            model = ParzenModel(space: space, steps: spec.steps, seed: spec.seed)
        case .external: given = [:]
        }
    }

    private static func source(_ spec: SweepSpec, _ space: SearchSpace) -> Source {
        let random = CounterRandom(seed: spec.seed).stream("order")
        switch spec.method {
        case .grid: return .grid
        case .random:
            guard let size = space.size else { return .random }
            if space.isEven { return .shuffle }
            return size <= largestWeightedSpace ? .order(weightedOrder(space, random)) : .random
        case .sobol: return .sobol(SobolSequence(dimensions: space.dimensions.count))
        case .tpe: return .tpe(SobolSequence(dimensions: space.dimensions.count))
        case .external: return .external
        }
    }

    /// What the trial's own random generators start from. Below 2^32, because NumPy and others refuse larger seeds.
    public static func trialSeed(sweepSeed: UInt64, index: Int) -> UInt64 {
        CounterRandom(seed: sweepSeed).stream("trial seed").bits(at: UInt64(index)) >> 32
    }

    /// How many different configurations there are; nil: no end, or more than can be counted.
    public var count: Int? { space.size }

    /// True when there is one for the trial with this index. With proposals from outside there may always be one.
    public func hasConfiguration(at index: Int) -> Bool {
        if isExternal { return true }
        if case .grid = source, space.size == nil { return false }
        // A sampler that was told of no trial, because its sweep has ended, goes by their number.
        let used = given.map { $0.isEmpty ? index : $0.count } ?? index
        return space.size.map { used < $0 } ?? true
    }

    /// The configuration of the next trial, which gets this index; nil: the space is used up or, for a grid, endless.
    public func configuration(at index: Int) -> Configuration? {
        precondition(index >= 0, "trial indices start at 0")
        guard !isExternal, hasConfiguration(at: index) else { return nil }
        let random = CounterRandom(seed: seed)
        switch source {
        case .grid: return space.point(at: index)
        case .shuffle: return space.point(at: CounterShuffle(count: space.size!, random: random.stream("order"))[index])
        case .order(let order): return space.point(at: order[index])
        case .random: return new(nil, index)
        case .sobol(let sequence): return new(point(sequence, index), index)
        case .tpe(let sequence):
            if let learned = model!.proposal(index: index, where: { given![$0] == nil }) { return learned }
            return new(point(sequence, index), index)
        case .external: return nil
        }
    }

    /// The first trial with this configuration. Only of methods that keep account of it.
    func trial(with configuration: Configuration) -> TrialID? { given?[configuration] }

    /// Trials that a proposal looks at, of method tpe.
    var modelSize: Int { model?.kernelCount ?? 0 }

    // MARK: What happened

    /// A trial was made, whoever chose its configuration.
    public mutating func created(_ trial: TrialRecord) {
        if given?[trial.configuration] == nil { given?[trial.configuration] = trial.id }
        model?.observe(trial)
    }

    /// Something about the trial has changed. Telling the same again changes nothing.
    public mutating func observe(_ trial: TrialRecord) { model?.observe(trial) }

    // MARK: Drawing

    private func point(_ sequence: SobolSequence, _ index: Int) -> Configuration {
        let point = sequence.point(at: index, CounterRandom(seed: seed).stream("sobol"))
        return space.configuration { space.dimensions[$0].domain.quantile(point[$0]) }
    }

    /// The first choice if it is new, else random ones until one is, else any that is new.
    private func new(_ first: Configuration?, _ index: Int) -> Configuration {
        let random = CounterRandom(seed: seed).stream("configuration").stream(UInt64(index))
        func isNew(_ configuration: Configuration) -> Bool { given?[configuration] == nil }
        if let first, isNew(first) { return first }
        // The first redraw of a random sweep is its draw.
        var drawn = space.draw(random)
        for attempt in 0..<Self.redraws where !isNew(drawn) {
            drawn = space.draw(random.stream("again").stream(UInt64(attempt)))
        }
        guard !isNew(drawn), let size = space.size else { return drawn }
        let shuffle = CounterShuffle(count: size, random: random.stream("rest"))
        for place in 0..<size {
            let point = space.point(at: shuffle[place])
            if isNew(point) { return point }
        }
        return drawn
    }

    /// Successive weighted sampling without replacement: order by E / w with E exponential (Efraimidis, Spirakis:
    /// "Weighted random sampling with a reservoir", 2006).
    private static func weightedOrder(_ space: SearchSpace, _ random: CounterRandom) -> [Int] {
        let keyed = space.pointWeights.enumerated().map { point, weight in
            (key: random.exponential(at: UInt64(point)) / weight, point: point)
        }
        return keyed.sorted { ($0.key, $0.point) < ($1.key, $1.point) }.map(\.point)
    }
}

extension ConfigurationSampler {
    /// What it would propose first, if no trial ever told anything.
    public func first(_ count: Int, of spec: SweepSpec) -> [Configuration] {
        var sampler = self
        var found: [Configuration] = []
        for index in 0..<count {
            guard let next = sampler.configuration(at: index) else { break }
            found.append(next)
            sampler.created(
                TrialRecord(
                    id: TrialID(Int64(index) + 1), sweep: SweepID(1), index: index, configuration: next, seed: 0,
                    createdAt: spec.deadline))
        }
        return found
    }
}
