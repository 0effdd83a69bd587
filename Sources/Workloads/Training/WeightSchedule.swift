import Glibc

/// The weight of a loss term over the epochs: (1 - r^p) start + r^p end, with r = epoch / total epochs counted from 0,
/// so that the end is approached and not reached while training.
public struct WeightSchedule: Equatable, Sendable {
    public let start: Double
    public let end: Double
    public let power: Double

    /// - Parameter end: nil for a constant weight.
    public init(start: Double, end: Double? = nil, power: Double = 1) {
        self.start = start
        self.end = end ?? start
        self.power = power
    }

    public func weight(epoch: Int, total: Int) -> Double {
        let progress = pow(Double(epoch) / Double(total), power)
        return (1 - progress) * start + progress * end
    }
}
