internal import HyperSchedProtocol

/// s(a): how much faster a trial is on a slots than on one (HyperSched's scaling table).
struct Scaling: Equatable, Sendable {
    /// Ascending by slots; nil: s(a) = a.
    let points: [ScalingPoint]?
    /// Slots beyond which s(a) = a grows no more; nil: there is no end.
    let linearEnd: Int?

    init(points: [ScalingPoint]?, linearEnd: Int? = nil) {
        self.points = points
        self.linearEnd = linearEnd
    }

    /// Linear between the points, constant beyond them.
    func speed(at slots: Int) -> Double {
        guard let points, let first = points.first, let last = points.last else {
            return Double(min(slots, linearEnd ?? slots))
        }
        guard slots > first.slots else { return first.speed }
        guard slots < last.slots else { return last.speed }
        let upper = points.firstIndex { $0.slots >= slots }!
        let (a, b) = (points[upper - 1], points[upper])
        return a.speed + (b.speed - a.speed) * Double(slots - a.slots) / Double(b.slots - a.slots)
    }

    /// The work done by the deadline after a resize relative to that without it: s(b) (T - S) / (s(a) T), where T
    /// seconds are left and the restart takes S seconds.
    func gain(from current: Int, to target: Int, timeLeft: Double, restart: Double) -> Double {
        speed(at: target) * (timeLeft - restart) / (speed(at: current) * timeLeft)
    }
}
