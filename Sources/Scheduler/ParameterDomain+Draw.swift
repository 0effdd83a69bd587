internal import HyperSchedProtocol
internal import RealModule

extension ParameterDomain {
    /// A random value; `random` belongs to this parameter of this trial alone.
    func draw(_ random: CounterRandom) -> ParameterValue {
        switch self {
        case .constant(let value): return value
        case .categorical(let values, let probabilities):
            return values[Self.pick(probabilities, count: values.count, random)]
        case .intUniform(let min, let max): return .int(Self.whole(min, max, random))
        case .uniform(let min, let max): return .real(Self.between(min, max, random.uniform()))
        case .quantizedUniform(let min, let max, let q):
            return Quantum(q).value(near: Self.between(min, max, random.uniform()), within: min...max)
        case .logUniform(let min, let max): return .real(Self.logarithmic(min, max, random))
        case .quantizedLogUniform(let min, let max, let q):
            return Quantum(q).value(near: Self.logarithmic(min, max, random), within: min...max)
        case .inverseLogUniform(let min, let max):
            return .real((1 / Self.logarithmic(1 / max, 1 / min, random)).clamped(min, max))
        case .normal, .quantizedNormal, .logNormal, .quantizedLogNormal: return gaussian(random)
        case .beta, .quantizedBeta: return quantile(random.uniform())
        }
    }

    private func gaussian(_ random: CounterRandom) -> ParameterValue {
        switch self {
        case .normal(let mu, let sigma): .real(mu + sigma * random.normal())
        case .quantizedNormal(let mu, let sigma, let q): Quantum(q).value(near: mu + sigma * random.normal())
        case .logNormal(let mu, let sigma): .real(Self.exponential(mu + sigma * random.normal()))
        case .quantizedLogNormal(let mu, let sigma, let q):
            Quantum(q).value(near: Self.exponential(mu + sigma * random.normal()))
        default: preconditionFailure("not a Gaussian domain")
        }
    }

    /// Never infinite, which no program could use.
    private static func exponential(_ x: Double) -> Double { min(Double.exp(x), .greatestFiniteMagnitude) }

    static func between(_ min: Double, _ max: Double, _ u: Double) -> Double {
        (min * (1 - u) + max * u).clamped(min, max)
    }

    private static func logarithmic(_ min: Double, _ max: Double, _ random: CounterRandom) -> Double {
        Double.exp(between(Double.log(min), Double.log(max), random.uniform())).clamped(min, max)
    }

    private static func whole(_ min: Int64, _ max: Int64, _ random: CounterRandom) -> Int64 {
        let span = UInt64(bitPattern: max &- min)
        let offset = span == .max ? random.bits() : random.below(span + 1)
        return min &+ Int64(bitPattern: offset)
    }

    private static func pick(_ probabilities: [Double]?, count: Int, _ random: CounterRandom) -> Int {
        guard let probabilities else { return random.below(count) }
        let total = probabilities.reduce(0, +)
        var rest = random.uniform() * total
        for (index, probability) in probabilities.enumerated() {
            rest -= probability
            if rest < 0 { return index }
        }
        // Rounding left a crumb over: the last value that can be drawn at all.
        return probabilities.lastIndex { $0 > 0 } ?? count - 1
    }
}

extension Double {
    func clamped(_ low: Double, _ high: Double) -> Double { Swift.min(Swift.max(self, low), high) }
}

extension CounterRandom {
    /// Exponential with mean 1.
    func exponential(at counter: UInt64) -> Double { -Double.log(1 - uniform(at: counter)) }
}
