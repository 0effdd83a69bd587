public import HyperSchedProtocol

/// Turns (sweep, trial index) into a configuration: a pure function, so any trial can be drawn at any time, in any
/// order, and be the same.
///
/// - grid: the product of all values in the declared order, last parameter fastest.
/// - random: each parameter from its own stream of (sweep seed, trial index, name). Where the whole space is finite and
///   has at most ``largestShuffledGrid`` configurations, a configuration is never drawn twice.
public enum ConfigurationSampler {
    /// Finite spaces up to this size are drawn without repetition.
    public static let largestShuffledGrid = 1_000_000
    /// Those with unequal probabilities only up to this size, as every draw orders all of them.
    public static let largestWeightedGrid = 4_096

    /// The configuration of the trial with this index; nil: there is none, the space is used up or, for a grid,
    /// endless.
    public static func configuration(index: Int, spec: SweepSpec) -> Configuration? {
        precondition(index >= 0, "trial indices start at 0")
        switch spec.method {
        case .grid:
            guard let size = gridSize(spec), index < size else { return nil }
            return gridPoint(index, of: spec)
        case .random:
            guard let size = count(spec) else { return draw(index, of: spec) }
            return index < size ? gridPoint(place(of: index, among: size, spec), of: spec) : nil
        }
    }

    /// How many different configurations the sampler gives for the sweep; nil: no end.
    public static func count(_ spec: SweepSpec) -> Int? {
        guard let size = gridSize(spec) else { return nil }
        guard spec.method == .random else { return size }
        let weighted = spec.parameters.contains { $0.domain.hasUnequalWeights }
        return size <= (weighted ? largestWeightedGrid : largestShuffledGrid) ? size : nil
    }

    /// Number of points of the space; nil when a parameter is not enumerable or the number is not representable.
    public static func gridSize(_ spec: SweepSpec) -> Int? {
        var size = 1
        for parameter in spec.parameters {
            guard let count = parameter.domain.valueCount else { return nil }
            let (product, overflow) = size.multipliedReportingOverflow(by: count)
            if overflow { return nil }
            size = product
        }
        return size
    }

    /// What the trial's own random generators start from. Below 2^32, because NumPy and others refuse larger seeds.
    public static func trialSeed(sweepSeed: UInt64, index: Int) -> UInt64 {
        CounterRandom(seed: sweepSeed).stream("trial seed").bits(at: UInt64(index)) >> 32
    }

    // MARK: Finite spaces

    private static func gridPoint(_ index: Int, of spec: SweepSpec) -> Configuration {
        var rest = index
        var pairs: [(name: String, value: ParameterValue)] = []
        for parameter in spec.parameters.reversed() {
            let (quotient, place) = rest.quotientAndRemainder(dividingBy: parameter.domain.valueCount!)
            pairs.append((parameter.name, parameter.domain.value(at: place)))
            rest = quotient
        }
        return Configuration(pairs.reversed())
    }

    /// The random order in which a finite space is gone through.
    private static func place(of index: Int, among size: Int, _ spec: SweepSpec) -> Int {
        let random = CounterRandom(seed: spec.seed).stream("order")
        guard spec.parameters.contains(where: { $0.domain.hasUnequalWeights }) else {
            return CounterShuffle(count: size, random: random)[index]
        }
        return weightedOrder(size, spec, random)[index]
    }

    /// Successive weighted sampling without replacement: order by E / w with E exponential (Efraimidis, Spirakis:
    /// "Weighted random sampling with a reservoir", 2006).
    private static func weightedOrder(_ size: Int, _ spec: SweepSpec, _ random: CounterRandom) -> [Int] {
        let weights = spec.parameters.map { parameter in
            (0..<parameter.domain.valueCount!).map { parameter.domain.weight(at: $0) }
        }
        let keyed = (0..<size).map { point -> (key: Double, point: Int) in
            var (rest, weight) = (point, 1.0)
            for column in weights.reversed() {
                weight *= column[rest % column.count]
                rest /= column.count
            }
            return (random.exponential(at: UInt64(point)) / weight, point)
        }
        return keyed.sorted { ($0.key, $0.point) < ($1.key, $1.point) }.map(\.point)
    }

    // MARK: Endless spaces

    private static func draw(_ index: Int, of spec: SweepSpec) -> Configuration {
        let random = CounterRandom(seed: spec.seed).stream("configuration").stream(UInt64(index))
        return Configuration(
            spec.parameters.map { ($0.name, $0.domain.draw(random.stream($0.name))) })
    }
}
