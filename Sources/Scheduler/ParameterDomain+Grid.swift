internal import HyperSchedProtocol
internal import RealModule

extension ParameterDomain {
    /// Number of values; nil when they can not be listed.
    var valueCount: Int? {
        switch self {
        case .constant: return 1
        case .categorical(let values, _): return values.count
        case .intUniform(let min, let max):
            let span = UInt64(bitPattern: max &- min)
            return span < UInt64(Int.max) ? Int(span) + 1 : nil
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            let multiples = Quantum(q).multiples(within: min...max)
            return Int(exactly: multiples.upperBound - multiples.lowerBound).flatMap { $0 < Int.max ? $0 + 1 : nil }
        case .uniform, .logUniform, .inverseLogUniform, .normal, .quantizedNormal, .logNormal, .quantizedLogNormal:
            return nil
        }
    }

    /// The values in declared or ascending order.
    func value(at index: Int) -> ParameterValue {
        switch self {
        case .constant(let value): value
        case .categorical(let values, _): values[index]
        case .intUniform(let min, _): .int(min + Int64(index))
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            Quantum(q).value(Quantum(q).multiples(within: min...max).lowerBound + Double(index))
        default: preconditionFailure("the values of this domain can not be listed")
        }
    }

    /// Some values are likelier than others. (The two ends of a quantised uniform domain are by half a step; going
    /// through the whole space in random order evens that out.)
    var hasUnequalWeights: Bool {
        switch self {
        case .categorical(_, let probabilities): probabilities != nil
        case .quantizedLogUniform: true
        default: false
        }
    }

    /// How likely the value is, up to a common factor.
    func weight(at index: Int) -> Double {
        switch self {
        case .categorical(_, let probabilities?): return probabilities[index]
        case .quantizedLogUniform(let min, let max, let q):
            let multiple = Quantum(q).multiples(within: min...max).lowerBound + Double(index)
            let low = ((multiple - 0.5) * q).clamped(min, max)
            let high = ((multiple + 0.5) * q).clamped(min, max)
            return Double.log(high) - Double.log(low)
        default: return 1
        }
    }
}
