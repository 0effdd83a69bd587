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
            return Self.count(multiples)
        case .quantizedBeta(_, _, let q): return Self.count(Quantum(q).multiples(within: 0...1))
        case .uniform, .logUniform, .inverseLogUniform: return isSinglePoint ? 1 : nil
        case .normal, .quantizedNormal, .logNormal, .quantizedLogNormal, .beta: return nil
        }
    }

    private static func count(_ multiples: ClosedRange<Double>) -> Int? {
        Int(exactly: multiples.upperBound - multiples.lowerBound).flatMap { $0 < Int.max ? $0 + 1 : nil }
    }

    /// The values in declared or ascending order.
    func value(at index: Int) -> ParameterValue {
        switch self {
        case .constant(let value): value
        case .categorical(let values, _): values[index]
        case .intUniform(let min, _): .int(min + Int64(index))
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            Quantum(q).value(Quantum(q).multiples(within: min...max).lowerBound + Double(index))
        case .quantizedBeta(_, _, let q): Quantum(q).value(Double(index))
        case .uniform(let min, _), .logUniform(let min, _), .inverseLogUniform(let min, _): .real(min)
        default: preconditionFailure("the values of this domain can not be listed")
        }
    }

    /// Some values are likelier than others. (The two ends of a quantised uniform domain are by half a step; going
    /// through the whole space in random order evens that out.)
    var hasUnequalWeights: Bool {
        switch self {
        case .categorical(_, let probabilities): probabilities != nil
        case .quantizedLogUniform, .quantizedBeta: true
        default: false
        }
    }

    /// How likely each of the values is; nil: all equally. Only of domains with a few values.
    var weights: [Double]? {
        switch self {
        case .categorical(_, let probabilities?):
            let total = probabilities.reduce(0, +)
            return probabilities.map { $0 / total }
        case .quantizedLogUniform, .quantizedBeta:
            return (0..<valueCount!).map { index in piece(of: value(at: index)).map { $0.upperBound - $0.lowerBound }! }
        default: return nil
        }
    }
}
