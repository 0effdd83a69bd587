import Glibc
import HyperSchedProtocol

/// Distributions over a range of numbers.
extension ParameterReader {
    /// The largest whole number of which a real still holds every smaller one.
    private static let largestInteger = 9_007_199_254_740_992.0

    func intUniform() -> ParameterDomain? {
        guard let (min, max) = bounds() else { return nil }
        for (key, bound) in [("min", min), ("max", max)]
        where bound.rounded() != bound || abs(bound) > Self.largestInteger {
            section.error(
                key, "expected a whole number, found \(bound)", fix: "write a whole number, or 'distribution: uniform'")
            return nil
        }
        return .intUniform(min: Int64(min), max: Int64(max))
    }

    func range(_ distribution: String) -> ParameterDomain? {
        guard let (min, max) = bounds(), let q = quantum(distribution) else { return nil }
        switch distribution {
        case "uniform": return finiteWidth(min, max) ? .uniform(min: min, max: max) : nil
        case "q_uniform":
            guard finiteWidth(min, max), multiplesLie(from: min, to: max, q) else { return nil }
            return .quantizedUniform(min: min, max: max, q: q)
        case "log_uniform", "q_log_uniform", "inv_log_uniform": return exponents(distribution, min, max, q)
        default: return logValues(distribution, min, max, q)
        }
    }

    /// Says what becomes of a range that q does not divide.
    /// - Returns: false, with an error noted, when nothing is left of it.
    private func multiplesLie(from min: Double, to max: Double, _ q: Double) -> Bool {
        let range = QuantizedRange(min: min, max: max, q: q)
        guard range.hasMultiple else {
            section.error(
                "q", "no multiple of \(q) lies between \(min) and \(max)", fix: "write a smaller q, or widen the range")
            return false
        }
        if !range.isExact {
            section.warn(
                "q", "\(q) does not divide the range: multiples from \(range.first) to \(range.last) are drawn")
        }
        return true
    }

    func gaussian(_ distribution: String) -> ParameterDomain? {
        let mu = section.has("mu") ? section.number("mu") : 0
        let sigma =
            section.has("sigma") ? section.number("sigma", expected: "a number, 0 or larger") { $0 >= 0 } : 1
        guard let mu, let sigma, let q = quantum(distribution) else { return nil }
        guard sigma > 0 else { return withoutSpread(distribution, mu, q) }
        switch distribution {
        case "normal": return .normal(mu: mu, sigma: sigma)
        case "q_normal": return .quantizedNormal(mu: mu, sigma: sigma, q: q)
        case "log_normal": return .logNormal(mu: mu, sigma: sigma)
        default: return .quantizedLogNormal(mu: mu, sigma: sigma, q: q)
        }
    }

    /// W&B's schema lets sigma be 0: then there is one value.
    private func withoutSpread(_ distribution: String, _ mu: Double, _ q: Double) -> ParameterDomain {
        let value = distribution.hasSuffix("log_normal") ? exp(mu) : mu
        section.warn("sigma", "is 0: every trial has the same value")
        guard distribution.hasPrefix("q_") else { return .constant(.real(value)) }
        let multiple = (value / q).rounded(.toNearestOrEven) * q
        return .constant(Int64(exactly: multiple).map { .int($0) } ?? .real(multiple))
    }

    func beta(_ distribution: String) -> ParameterDomain? {
        let expected = "a number larger than 0, at most 10000"
        func shape(_ key: String) -> Double? {
            section.has(key) ? section.number(key, expected: expected) { $0 > 0 && $0 <= 10_000 } : 1
        }
        guard let a = shape("a"), let b = shape("b"), let q = quantum(distribution) else { return nil }
        guard distribution == "q_beta" else { return .beta(a: a, b: b) }
        if q > 1 { section.warn("q", "values lie between 0 and 1: with q \(q) only 0 is drawn") }
        return .quantizedBeta(a: a, b: b, q: q)
    }

    private func bounds() -> (min: Double, max: Double)? {
        for key in ["min", "max"] where !section.has(key) {
            section.error(key, "missing: a range has two ends", fix: "write '\(key): …'")
        }
        guard let min = section.number("min"), let max = section.number("max") else { return nil }
        guard min <= max else {
            section.error(
                "min", "\(section.shown("min")) is larger than max (\(section.shown("max")))", fix: "exchange the two")
            return nil
        }
        return (min, max)
    }

    /// 1 for distributions without `q`, and where it is left out.
    private func quantum(_ distribution: String) -> Double? {
        guard section.has("q") else { return 1 }
        return section.number("q", expected: "a number larger than 0") { $0 > 0 }
    }

    private func finiteWidth(_ min: Double, _ max: Double) -> Bool {
        guard (max - min).isFinite else {
            section.error("max", "the range is too wide", fix: "use log_uniform_values")
            return false
        }
        return true
    }

    private func logValues(_ distribution: String, _ min: Double, _ max: Double, _ q: Double) -> ParameterDomain? {
        guard min > 0 else {
            section.error(
                "min", "\(section.shown("min")) has no logarithm",
                fix: "write a value larger than 0, or 'distribution: uniform'")
            return nil
        }
        switch distribution {
        case "log_uniform_values": return .logUniform(min: min, max: max)
        case "q_log_uniform_values":
            return multiplesLie(from: min, to: max, q) ? .quantizedLogUniform(min: min, max: max, q: q) : nil
        default: return .inverseLogUniform(min: min, max: max)
        }
    }

    /// W&B's distributions whose bounds are natural-log exponents, turned into value bounds.
    private func exponents(_ distribution: String, _ min: Double, _ max: Double, _ q: Double) -> ParameterDomain? {
        let inverse = distribution == "inv_log_uniform"
        let (low, high) = inverse ? (exp(-max), exp(-min)) : (exp(min), exp(max))
        guard low > 0, high.isFinite else {
            section.error(
                "max", "the bounds of \(distribution) are natural-log exponents: these are out of range",
                fix: "write '\(distribution)_values' with the bounds as values")
            return nil
        }
        if min >= 0, max <= 1 {
            section.warn(
                "distribution",
                "the bounds of \(distribution) are natural-log exponents, so that this draws from "
                    + "\(low) to \(high); for the values themselves write '\(distribution)_values'")
        }
        switch distribution {
        case "log_uniform": return .logUniform(min: low, max: high)
        case "q_log_uniform":
            return multiplesLie(from: low, to: high, q) ? .quantizedLogUniform(min: low, max: high, q: q) : nil
        default: return .inverseLogUniform(min: low, max: high)
        }
    }
}

extension Section {
    /// A scalar as it stands in the file.
    func shown(_ key: String) -> String { value(key).flatMap(ScalarText.init)?.text ?? "" }
}
