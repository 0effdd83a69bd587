internal import HyperSchedProtocol

/// The step of a quantised domain: values are whole multiples of q, `round(x / q) * q`.
struct Quantum {
    let q: Double

    init(_ q: Double) { self.q = q }

    /// The multiple nearest to `x`. Where the bounds are not multiples themselves, rounding could leave them; the
    /// nearest multiple inside is taken then, if there is one.
    func value(near x: Double, within bounds: ClosedRange<Double>? = nil) -> ParameterValue {
        var multiple = (x / q).rounded()
        if let bounds {
            let inside = multiples(within: bounds)
            multiple = multiple.clamped(inside.lowerBound, inside.upperBound)
        }
        return value(multiple)
    }

    /// First and last multiple within the bounds; the one nearest to their middle where none lies between.
    func multiples(within bounds: ClosedRange<Double>) -> ClosedRange<Double> {
        // Bounds that were meant to be multiples may miss by a rounding error: 0.3 / 0.1 is 2.9999999999999996.
        let slack = 1e-9
        let first = (bounds.lowerBound / q - slack).rounded(.up)
        let last = (bounds.upperBound / q + slack).rounded(.down)
        if first <= last { return first...last }
        let middle = ((bounds.lowerBound + bounds.upperBound) / 2 / q).rounded()
        return middle...middle
    }

    /// A whole step gives whole numbers, so that a program that parses an integer can read them.
    func value(_ multiple: Double) -> ParameterValue {
        if q == q.rounded(), let whole = Int64(exactly: multiple * q) { return .int(whole) }
        let perOne = (1 / q).rounded()
        // For a step such as 0.1, dividing by 10 gives 0.3 where multiplying gives 0.30000000000000004.
        let isReciprocal = perOne >= 1 && (perOne * q - 1).magnitude < 1e-12
        return .real(isReciprocal ? multiple / perOne : multiple * q)
    }
}
