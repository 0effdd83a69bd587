/// What is left of a range when only multiples of `q` are drawn from it: those inside of the bounds.
struct QuantizedRange {
    /// Bounds that were meant to be multiples may miss by a rounding error.
    private static let slack = 1e-9

    let first: Double
    let last: Double
    let hasMultiple: Bool
    /// Both bounds are multiples.
    let isExact: Bool

    /// Without the last digits that multiplication leaves behind, 0.8999999999999999 for 0.9; and 0 for -0.
    private static func plain(_ number: Double) -> Double {
        let rounded = (number * 1e12).rounded() / 1e12
        return (abs(rounded - number) <= abs(number) * 1e-12 ? rounded : number) + 0
    }

    init(min: Double, max: Double, q: Double) {
        let low = (min / q - Self.slack).rounded(.up)
        let high = (max / q + Self.slack).rounded(.down)
        first = Self.plain(low * q)
        last = Self.plain(high * q)
        hasMultiple = low <= high
        isExact = abs(low - min / q) <= Self.slack && abs(high - max / q) <= Self.slack
    }
}
