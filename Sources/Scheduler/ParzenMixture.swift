internal import HyperSchedProtocol
internal import RealModule

/// A density over configurations: one kernel for each observed one, and one that is the sweep's own distribution.
///
/// A kernel is a product over the parameters. Numbers are compared as points of [0, 1], where their own distribution is
/// uniform (``ParameterDomain/piece(of:)``): a Gaussian cut off at 0 and 1, over whole pieces for values that can be
/// listed. Categorical values: the observed one with more weight (Aitchison and Aitken). A parameter that the observed
/// configuration does not have: its own distribution. Widths and weights are those of Optuna's multivariate TPE.
struct ParzenMixture {
    /// A configuration as points of [0, 1].
    struct Point: Equatable, Sendable {
        /// By dimension: the piece of [0, 1] that stands for the value; both -1 where the parameter does not exist.
        let low: [Double]
        let high: [Double]

        init(_ values: [ParameterValue?], _ space: SearchSpace) {
            let pieces = zip(space.dimensions, values).map { dimension, value in
                value.flatMap(dimension.domain.piece)
            }
            low = pieces.map { $0?.lowerBound ?? -1 }
            high = pieces.map { $0?.upperBound ?? -1 }
        }

        func has(_ dimension: Int) -> Bool { low[dimension] >= 0 }
        func center(_ dimension: Int) -> Double { (low[dimension] + high[dimension]) / 2 }
    }

    private let kernels: [Point]
    /// Of the kernels, then of the sweep's own distribution; their sum is 1.
    private let weights: [Double]
    /// By dimension, then kernel: the Gaussian's deviation.
    private let widths: [[Double]]
    /// By dimension, then kernel: one over the Gaussian's mass within [0, 1].
    private let norms: [[Double]]
    private let isCategorical: [Bool]
    /// Weight that a categorical kernel leaves to the parameter's own distribution, by dimension.
    private let spread: [Double]

    /// - Parameter observed: oldest first.
    init(_ observed: [Point], _ space: SearchSpace) {
        kernels = observed
        weights = Self.weights(observed.count)
        isCategorical = space.dimensions.map(\.domain.isCategorical)
        let count = observed.count + 1
        spread = space.dimensions.map { dimension in
            guard case .categorical(let values, _) = dimension.domain else { return 0 }
            let base = Double(values.count) / Double(count)
            return base / (1 + base)
        }
        let widths = space.dimensions.indices.map { Self.widths(of: $0, observed) }
        self.widths = widths
        norms = space.dimensions.indices.map { dimension in
            zip(observed, widths[dimension]).map { kernel, width in
                let center = kernel.center(dimension)
                return 1 / NormalDistribution.mass(from: -center / width, to: (1 - center) / width)
            }
        }
    }

    /// The 25 latest count fully, older ones less and less.
    private static func weights(_ count: Int) -> [Double] {
        let old = max(0, count - 25)
        let ramp = (0..<old).map {
            old < 2 ? 1 : (1 + Double($0) / Double(old - 1) * Double(count - 1)) / Double(count)
        }
        let all = ramp + Array(repeating: 1, count: count - old + 1)
        let total = all.reduce(0, +)
        return all.map { $0 / total }
    }

    /// As far as the farther one of the two neighbours, within limits: narrow where there is much to tell apart.
    private static func widths(of dimension: Int, _ observed: [Point]) -> [Double] {
        let present = observed.indices.filter { observed[$0].has(dimension) }
        let sorted = present.sorted {
            (observed[$0].center(dimension), $0) < (observed[$1].center(dimension), $1)
        }
        let centers = sorted.map { observed[$0].center(dimension) }
        let narrowest = 1 / Double(min(100, present.count + 2))
        var widths = observed.map { _ in 1.0 }
        for (place, kernel) in sorted.enumerated() {
            let left = place > 0 ? centers[place] - centers[place - 1] : nil
            let right = place + 1 < centers.count ? centers[place + 1] - centers[place] : nil
            // Alone it reaches to the farther end.
            let alone = max(centers[place], 1 - centers[place])
            let reach = left.map { max($0, right ?? $0) } ?? right ?? alone
            widths[kernel] = reach.clamped(narrowest, 1)
        }
        return widths
    }

    // MARK: Density

    func logDensity(_ point: Point) -> Double {
        let present = point.low.indices.filter(point.has)
        var logs = kernels.indices.map { kernel in
            present.reduce(Double.log(weights[kernel])) { $0 + logKernel(kernel, $1, point) }
        }
        logs.append(present.reduce(Double.log(weights[kernels.count])) { $0 + logOwn($1, point) })
        let largest = logs.max()!
        return largest + Double.log(logs.reduce(0) { $0 + Double.exp($1 - largest) })
    }

    /// The parameter's own distribution: a density of 1 on [0, 1].
    private func logOwn(_ dimension: Int, _ point: Point) -> Double {
        let mass = point.high[dimension] - point.low[dimension]
        return mass > 0 ? Double.log(mass) : 0
    }

    private func logKernel(_ kernel: Int, _ dimension: Int, _ point: Point) -> Double {
        let observed = kernels[kernel]
        guard observed.has(dimension) else { return logOwn(dimension, point) }
        let (low, high) = (point.low[dimension], point.high[dimension])
        if isCategorical[dimension] {
            let isSame = observed.low[dimension] == low && observed.high[dimension] == high
            return Double.log(spread[dimension] * (high - low) + (isSame ? 1 - spread[dimension] : 0))
        }
        let center = observed.center(dimension)
        let (width, norm) = (widths[dimension][kernel], norms[dimension][kernel])
        if high > low {
            let mass = NormalDistribution.mass(from: (low - center) / width, to: (high - center) / width)
            return Double.log(max(mass * norm, .leastNormalMagnitude))
        }
        let distance = (low - center) / width
        return Double.log(norm / width) - distance * distance / 2 - 0.5 * Double.log(2 * .pi)
    }

    // MARK: Draws

    /// The values of one draw, nil where a parameter does not exist.
    func draw(_ space: SearchSpace, _ random: CounterRandom) -> [ParameterValue?] {
        var share = random.stream("kernel").uniform()
        let kernel = weights.firstIndex { weight in
            share -= weight
            return share < 0
        }
        var values: [ParameterValue?] = space.dimensions.map { _ in nil }
        for (place, dimension) in space.dimensions.enumerated() where space.isActive(place, beside: values) {
            let stream = random.stream(dimension.name)
            values[place] = dimension.domain.quantile(coordinate(of: place, kernel, stream).clamped(0, 1.0.nextDown))
        }
        return values
    }

    private func coordinate(of dimension: Int, _ kernel: Int?, _ random: CounterRandom) -> Double {
        let share = random.uniform(at: 0)
        guard let kernel, kernel < kernels.count, kernels[kernel].has(dimension) else { return share }
        let (center, width) = (kernels[kernel].center(dimension), widths[dimension][kernel])
        if isCategorical[dimension] { return random.uniform(at: 1) < spread[dimension] ? share : center }
        return NormalDistribution.truncatedQuantile(share, from: -center / width, to: (1 - center) / width) * width
            + center
    }
}

extension ParameterDomain {
    fileprivate var isCategorical: Bool {
        if case .categorical = self { true } else { false }
    }
}
