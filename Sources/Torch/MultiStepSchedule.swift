/// The learning rate falls by a factor at each of two milestones, counted in whole epochs from 0.
public struct MultiStepSchedule: Equatable, Sendable {
    public let initial: Double
    public let factor: Double
    public let milestones: [Int]

    /// - Parameter fractions: milestones as fractions of the total; epoch = floor(fraction * total).
    public init(initial: Double, factor: Double, fractions: [Double], totalEpochs: Int) {
        self.initial = initial
        self.factor = factor
        // 3.0 / 7 * 7 is a little below 3 in binary; the nudge keeps such products on the intended side.
        milestones = fractions.map { Int($0 * Double(totalEpochs) + 1e-9) }
    }

    /// The rate during the epoch with this index (from 0).
    public func rate(epoch: Int) -> Double {
        milestones.reduce(initial) { rate, milestone in epoch >= milestone ? rate * factor : rate }
    }
}
