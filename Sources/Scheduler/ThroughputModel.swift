public import HyperSchedProtocol

/// s(a): how much faster a trial runs on `a` slots than on one (HyperSched's scaling table). Between the points linear,
/// beyond them constant.
public struct ThroughputModel: Hashable, Sendable {
    /// Ascending by slots; nil: s(a) = a.
    public let points: [ScalingPoint]?

    /// - Parameter points: ascending by slots; nil or empty: s(a) = a.
    public init(points: [ScalingPoint]?) {
        self.points = points.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// s(a) = a
    public static let linear = ThroughputModel(points: nil)
    /// s(a) = a up to `end` slots, beyond them constant
    public static func linear(to end: Int) -> ThroughputModel {
        ThroughputModel(points: [ScalingPoint(slots: 1, speed: 1), ScalingPoint(slots: end, speed: Double(end))])
    }
    /// s(a) = √a
    public static let squareRoot = ThroughputModel { Double($0).squareRoot() }
    /// s(a) = 1: more slots do not help.
    public static let none = ThroughputModel(points: [ScalingPoint(slots: 1, speed: 1)])
    /// Amdahl's law: s(a) = 1 / ((1 - p) + p / a), `p` the share that runs in parallel.
    public static func amdahl(parallel p: Double) -> ThroughputModel {
        ThroughputModel { 1 / ((1 - p) + p / Double($0)) }
    }

    /// Up to 64 slots, the largest agent that is measured anywhere.
    private init(_ speed: (Int) -> Double) {
        points = (1...64).map { ScalingPoint(slots: $0, speed: speed($0)) }
    }

    public func speed(slots: Int) -> Double {
        guard let points, let first = points.first, let last = points.last else { return Double(slots) }
        guard slots > first.slots else { return first.speed }
        guard slots < last.slots else { return last.speed }
        let upper = points.firstIndex { $0.slots >= slots }!
        let (a, b) = (points[upper - 1], points[upper])
        return a.speed + (b.speed - a.speed) * Double(slots - a.slots) / Double(b.slots - a.slots)
    }

    /// The work done by the deadline after a resize relative to that without it: s(b) (T - S) / (s(a) T), where T
    /// seconds are left and the restart takes S seconds.
    func gain(from current: Int, to target: Int, timeLeft: Double, restart: Double) -> Double {
        speed(slots: target) * (timeLeft - restart) / (speed(slots: current) * timeLeft)
    }
}
