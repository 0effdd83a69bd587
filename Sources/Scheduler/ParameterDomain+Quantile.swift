internal import HyperSchedProtocol
internal import RealModule

/// Every domain as a piece of [0, 1]: its own distribution becomes the uniform one. Samplers that work with points of
/// the unit cube (Sobol, the Parzen estimator) need to know nothing else of it.
extension ParameterDomain {
    /// The value at which the distribution passes `u`, 0 ≤ u < 1.
    func quantile(_ u: Double) -> ParameterValue {
        switch self {
        case .constant(let value): value
        case .categorical(let values, let probabilities): values[Self.place(of: u, probabilities, values.count)]
        case .intUniform(let min, let max): .int(Self.whole(u, min, max))
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            Quantum(q).value(near: real(u), within: min...max)
        case .quantizedBeta(_, _, let q): Quantum(q).value(near: real(u), within: 0...1)
        case .quantizedNormal(_, _, let q), .quantizedLogNormal(_, _, let q): Quantum(q).value(near: real(u))
        case .uniform, .logUniform, .inverseLogUniform, .normal, .logNormal, .beta: .real(real(u))
        }
    }

    /// The piece of [0, 1] that stands for the value: a point in a continuous domain, an interval as long as the value
    /// is likely in others; nil: the value is not in the domain.
    func piece(of value: ParameterValue) -> ClosedRange<Double>? {
        guard let value = accepted(value) else { return nil }
        switch self {
        case .constant: return 0...1
        case .categorical(let values, let probabilities):
            let place = values.firstIndex(of: value)!
            guard let probabilities else {
                return Double(place) / Double(values.count)...Double(place + 1) / Double(values.count)
            }
            let total = probabilities.reduce(0, +)
            let low = (probabilities[..<place].reduce(0, +) / total).clamped(0, 1)
            return low...(low + probabilities[place] / total).clamped(low, 1)
        case .intUniform(let min, let max):
            guard case .int(let number) = value else { return nil }
            let count = Double(UInt64(bitPattern: max &- min)) + 1
            let place = Double(UInt64(bitPattern: number &- min))
            return (place / count)...((place + 1) / count).clamped(place / count, 1)
        default: break
        }
        guard let number = value.number else { return nil }
        guard let (q, bounds) = grid else {
            let u = cumulative(number)
            // A range without width has one value, which is all of it.
            return isSinglePoint ? 0...1 : u...u
        }
        let multiple = (number / q).rounded()
        let ends = bounds.map { Quantum(q).multiples(within: $0) }
        let low = multiple == ends?.lowerBound ? 0 : cumulative((multiple - 0.5) * q)
        let high = multiple == ends?.upperBound ? 1 : cumulative((multiple + 0.5) * q)
        return low...max(low, high)
    }

    /// The step of a quantised domain and where its multiples may lie; nil: anywhere.
    var grid: (q: Double, bounds: ClosedRange<Double>?)? {
        switch self {
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            (q, min...max)
        case .quantizedBeta(_, _, let q): (q, 0...1)
        case .quantizedNormal(_, _, let q), .quantizedLogNormal(_, _, let q): (q, nil)
        default: nil
        }
    }

    /// A range of real numbers whose two ends are the same.
    var isSinglePoint: Bool {
        switch self {
        case .uniform(let min, let max), .logUniform(let min, let max), .inverseLogUniform(let min, let max): min == max
        default: false
        }
    }

    /// Before quantisation.
    private func real(_ u: Double) -> Double {
        switch self {
        case .uniform(let min, let max), .quantizedUniform(let min, let max, _): Self.between(min, max, u)
        case .logUniform(let min, let max), .inverseLogUniform(let min, let max),
            .quantizedLogUniform(let min, let max, _):
            Double.exp(Self.between(Double.log(min), Double.log(max), u)).clamped(min, max)
        case .normal(let mu, let sigma), .quantizedNormal(let mu, let sigma, _):
            mu + sigma * NormalDistribution.quantile(u)
        case .logNormal(let mu, let sigma), .quantizedLogNormal(let mu, let sigma, _):
            min(Double.exp(mu + sigma * NormalDistribution.quantile(u)), .greatestFiniteMagnitude)
        case .beta(let a, let b), .quantizedBeta(let a, let b, _): BetaDistribution(a: a, b: b).quantile(u)
        case .constant, .categorical, .intUniform: preconditionFailure("no domain of real numbers")
        }
    }

    /// Probability of at most `x` before quantisation.
    private func cumulative(_ x: Double) -> Double {
        switch self {
        case .uniform(let min, let max), .quantizedUniform(let min, let max, _): Self.share(x, min, max)
        case .logUniform(let min, let max), .inverseLogUniform(let min, let max),
            .quantizedLogUniform(let min, let max, _):
            x <= 0 ? 0 : Self.share(Double.log(x), Double.log(min), Double.log(max))
        case .normal(let mu, let sigma), .quantizedNormal(let mu, let sigma, _):
            NormalDistribution.cumulative((x - mu) / sigma)
        case .logNormal(let mu, let sigma), .quantizedLogNormal(let mu, let sigma, _):
            x <= 0 ? 0 : NormalDistribution.cumulative((Double.log(x) - mu) / sigma)
        case .beta(let a, let b), .quantizedBeta(let a, let b, _): BetaDistribution(a: a, b: b).cumulative(x)
        case .constant, .categorical, .intUniform: preconditionFailure("no domain of real numbers")
        }
    }

    private static func share(_ x: Double, _ min: Double, _ max: Double) -> Double {
        // Halves first: the difference of two large numbers may be infinite.
        max > min ? ((x / 2 - min / 2) / (max / 2 - min / 2)).clamped(0, 1) : 0.5
    }

    private static func whole(_ u: Double, _ min: Int64, _ max: Int64) -> Int64 {
        let span = UInt64(bitPattern: max &- min)
        let place = (u * (Double(span) + 1)).rounded(.down)
        return min &+ Int64(bitPattern: place < Double(span) ? UInt64(place) : span)
    }

    private static func place(of u: Double, _ probabilities: [Double]?, _ count: Int) -> Int {
        guard let probabilities else { return min(Int(u * Double(count)), count - 1) }
        var rest = u * probabilities.reduce(0, +)
        for (index, probability) in probabilities.enumerated() {
            rest -= probability
            if rest < 0 { return index }
        }
        return probabilities.lastIndex { $0 > 0 } ?? count - 1
    }
}
