/// How often, and after which pauses, a call that may be repeated without harm is made again.
public struct CallRetry: Hashable, Sendable {
    /// Calls in all, at least 1.
    public var attempts: Int
    /// Seconds before the second call; doubled each time.
    public var firstPause: Double
    /// The longest pause, seconds.
    public var longestPause: Double

    public init(attempts: Int = 5, firstPause: Double = 0.2, longestPause: Double = 5) {
        precondition(attempts >= 1, "a call is made at least once")
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// Each call once.
    public static let never = CallRetry(attempts: 1)

    /// Seconds to wait after call number `attempt` (1, 2, …) has failed. `jitter` in 0..<1 spreads callers that failed
    /// together: the pause is between half and the whole of the nominal one.
    func pause(after attempt: Int, jitter: Double) -> Double {
        var pause = firstPause
        for _ in 1..<max(attempt, 1) where pause < longestPause { pause *= 2 }
        return min(pause, longestPause) * (0.5 + jitter / 2)
    }
}
