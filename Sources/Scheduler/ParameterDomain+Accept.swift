public import HyperSchedProtocol

extension ParameterDomain {
    /// The value as this domain writes it (`2.0` among whole numbers is `2`); nil: it is not in the domain.
    public func accepted(_ value: ParameterValue) -> ParameterValue? {
        switch self {
        case .constant(let fixed): return fixed.isSame(as: value) ? fixed : nil
        case .categorical(let values, _): return values.first { $0.isSame(as: value) }
        case .intUniform(let min, let max):
            guard let whole = value.whole, whole >= min, whole <= max else { return nil }
            return .int(whole)
        case .uniform(let min, let max), .logUniform(let min, let max), .inverseLogUniform(let min, let max):
            return real(value) { $0 >= min && $0 <= max }
        case .beta: return real(value) { $0 >= 0 && $0 <= 1 }
        case .normal: return real(value) { _ in true }
        case .logNormal: return real(value) { $0 >= 0 }
        case .quantizedUniform, .quantizedLogUniform, .quantizedNormal, .quantizedLogNormal, .quantizedBeta:
            return multiple(value)
        }
    }

    /// What the domain takes, for people.
    public var expectation: String {
        switch self {
        case .constant(let value): return value.text
        case .categorical(let values, _):
            let shown = values.prefix(20).map(\.text).joined(separator: ", ")
            return "one of \(shown)" + (values.count > 20 ? ", …" : "")
        case .intUniform(let min, let max): return "a whole number from \(min) to \(max)"
        case .uniform(let min, let max), .logUniform(let min, let max), .inverseLogUniform(let min, let max):
            return "a number from \(min) to \(max)"
        case .beta: return "a number from 0 to 1"
        case .normal: return "a number"
        case .logNormal: return "a number, 0 or more"
        case .quantizedLogNormal(_, _, let q): return "a multiple of \(q), 0 or more"
        case .quantizedUniform, .quantizedLogUniform, .quantizedNormal, .quantizedBeta:
            let (q, bounds) = grid!
            let ends = bounds.map { Quantum(q).multiples(within: $0) }
            return "a multiple of \(q)"
                + (ends.map {
                    " from \(Quantum(q).value($0.lowerBound).text) to \(Quantum(q).value($0.upperBound).text)"
                }
                    ?? "")
        }
    }

    private func real(_ value: ParameterValue, _ isInside: (Double) -> Bool) -> ParameterValue? {
        guard let number = value.number, number.isFinite, isInside(number) else { return nil }
        return .real(number)
    }

    private func multiple(_ value: ParameterValue) -> ParameterValue? {
        guard let number = value.number, number.isFinite, let (q, bounds) = grid else { return nil }
        let multiple = (number / q).rounded()
        guard (multiple * q - number).magnitude <= 1e-9 * max(q, number.magnitude) else { return nil }
        if case .quantizedLogNormal = self, multiple < 0 { return nil }
        if let bounds, !Quantum(q).multiples(within: bounds).contains(multiple) { return nil }
        return Quantum(q).value(multiple)
    }
}

extension ParameterValue {
    /// Equal, a whole number being the same in both forms.
    func isSame(as other: ParameterValue) -> Bool {
        switch (self, other) {
        case (.int(let a), .real(let b)), (.real(let b), .int(let a)): Double(a) == b && Int64(exactly: b) == a
        default: self == other
        }
    }

    /// The value where it is a whole number.
    fileprivate var whole: Int64? {
        switch self {
        case .int(let value): value
        case .real(let value): Int64(exactly: value)
        case .string, .bool, .null, .list: nil
        }
    }
}
