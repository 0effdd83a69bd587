public import HyperSchedProtocol

/// Which of a sweep's forecasts have been written down.
public struct ForecastProgress: Hashable, Sendable, Codable {
    /// Shares of the time from the sweep's acceptance to its deadline at which its forecast is written down.
    public static let shares = [0.1, 0.25, 0.5, 0.75, 0.9]

    /// The deadline that they are about.
    public var deadline: Timestamp
    /// How many of the moments are over, those included that passed while the daemon was away.
    public var passed: Int
    /// The values of ``ForecastRecord/ladder``; empty: there is a target, or no forecast could be made yet.
    public var ladder: [Double]

    public init(deadline: Timestamp, passed: Int = 0, ladder: [Double] = []) {
        self.deadline = deadline
        self.passed = passed
        self.ladder = ladder
    }

    /// The moments of ``shares``, ascending.
    public static func moments(from start: Timestamp, to deadline: Timestamp) -> [Timestamp] {
        let seconds = deadline.seconds(since: start)
        return shares.map { start.advanced(bySeconds: $0 * seconds) }
    }

    /// The part of the time to the deadline that has passed, whole percent.
    static func percent(at now: Timestamp, from start: Timestamp, to deadline: Timestamp) -> Int {
        let total = deadline.seconds(since: start)
        guard total > 0 else { return 100 }
        return Int(min(max(100 * now.seconds(since: start) / total, 0), 100).rounded())
    }
}
