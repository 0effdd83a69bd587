internal import HyperSchedProtocol

extension ParameterDomain {
    /// A value near `value`, as population based training explores (Jaderberg et al., 2017, section 4): with the chance
    /// `resample` a fresh draw, else a number times one of `factors`, kept within the domain. Whole and quantised
    /// numbers move at least one place; of listed numbers one of the two neighbours is taken; words are drawn anew.
    ///
    /// - Parameter random: belongs to this parameter of this trial alone.
    func perturbed(
        _ value: ParameterValue, factors: [Double], resample: Double, _ random: CounterRandom
    ) -> ParameterValue {
        if case .constant(let fixed) = self { return fixed }
        guard random.uniform(at: 0) >= resample else { return draw(random.stream("resample")) }
        let factor = factors[random.below(factors.count, at: 1)]
        switch self {
        case .constant(let fixed): return fixed
        case .categorical(let values, _): return neighbour(of: value, among: values, up: factor > 1, random)
        case .intUniform(let min, let max): return moved(value, factor, within: Double(min)...Double(max), step: 1)
        case .uniform(let min, let max), .logUniform(let min, let max), .inverseLogUniform(let min, let max):
            return scaled(value, factor) { $0.clamped(min, max) }
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            return moved(value, factor, within: min...max, step: q)
        case .normal, .logNormal: return scaled(value, factor) { $0 }
        case .quantizedNormal(_, _, let q), .quantizedLogNormal(_, _, let q):
            return moved(value, factor, within: nil, step: q)
        case .beta: return scaled(value, factor) { $0.clamped(0, 1) }
        case .quantizedBeta(_, _, let q): return moved(value, factor, within: 0...1, step: q)
        }
    }

    private func scaled(_ value: ParameterValue, _ factor: Double, _ keep: (Double) -> Double) -> ParameterValue {
        guard let number = value.number else { return value }
        let product = (number * factor).clamped(-.greatestFiniteMagnitude, .greatestFiniteMagnitude)
        return .real(keep(product))
    }

    /// For values that lie on a grid: rounding alone would never move a small one.
    private func moved(
        _ value: ParameterValue, _ factor: Double, within bounds: ClosedRange<Double>?, step: Double
    ) -> ParameterValue {
        guard let number = value.number else { return value }
        let product = number * factor
        let nearest = Quantum(step).value(near: product, within: bounds)
        guard nearest.number == number, product != number else { return nearest }
        return Quantum(step).value(near: number + (product > number ? step : -step), within: bounds)
    }

    private func neighbour(
        of value: ParameterValue, among values: [ParameterValue], up: Bool, _ random: CounterRandom
    ) -> ParameterValue {
        let numbers = values.compactMap(\.number)
        guard numbers.count == values.count, let number = value.number else { return draw(random.stream("resample")) }
        let next = up ? numbers.filter { $0 > number }.min() : numbers.filter { $0 < number }.max()
        guard let next, let place = numbers.firstIndex(of: next) else { return value }
        return values[place]
    }
}

extension SweepSpec {
    /// The configuration of a child of a trial with `configuration`: a pure function of the sweep's seed and the
    /// child's index.
    func perturbed(_ configuration: Configuration, ofTrial index: Int, _ options: PBTOptions) -> Configuration {
        let random = CounterRandom(seed: seed).stream("perturb").stream(UInt64(index))
        let space = SearchSpace(parameters)
        return space.configuration { place in
            let dimension = space.dimensions[place]
            let stream = random.stream(dimension.name)
            // What the parent does not have is drawn.
            guard let value = configuration[dimension.name] else { return dimension.domain.draw(stream) }
            return dimension.domain.perturbed(
                value, factors: options.factors, resample: options.resampleProbability, stream)
        }
    }
}
