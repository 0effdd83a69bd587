/// The inverse of an increasing function, by halving the interval until it can not be halved any more: slower than
/// Newton's method and as exact as the function itself, whatever its shape.
enum MonotoneRoot {
    /// The x in `bounds` at which `function` passes `target`.
    static func find(_ target: Double, within bounds: ClosedRange<Double>, _ function: (Double) -> Double) -> Double {
        var (low, high) = (bounds.lowerBound, bounds.upperBound)
        while true {
            let middle = low + (high - low) / 2
            guard middle > low && middle < high else { return middle }
            if function(middle) < target { low = middle } else { high = middle }
        }
    }
}
