public import HyperSchedProtocol

/// s(a): how much faster a trial runs on `a` slots than on one. Between the points linear, beyond them constant.
public struct ThroughputModel: Hashable, Sendable {
    public let points: [ScalingPoint]

    /// - Parameter points: ascending by slots, at least one.
    public init(points: [ScalingPoint]) {
        precondition(!points.isEmpty, "a throughput model needs a point")
        self.points = points
    }

    /// s(a) = a
    public static let linear = ThroughputModel { Double($0) }
    /// s(a) = √a
    public static let squareRoot = ThroughputModel { Double($0).squareRoot() }
    /// Amdahl's law: s(a) = 1 / ((1 - p) + p / a), `p` the share that runs in parallel.
    public static func amdahl(parallel p: Double) -> ThroughputModel {
        ThroughputModel { 1 / ((1 - p) + p / Double($0)) }
    }

    private init(_ speed: (Int) -> Double) {
        points = (1...64).map { ScalingPoint(slots: $0, speed: speed($0)) }
    }

    public func speed(slots: Int) -> Double {
        guard let next = points.firstIndex(where: { $0.slots >= slots }) else { return points[points.count - 1].speed }
        let b = points[next]
        guard next > 0, b.slots != slots else { return b.speed }
        let a = points[next - 1]
        return a.speed + (b.speed - a.speed) * Double(slots - a.slots) / Double(b.slots - a.slots)
    }
}
