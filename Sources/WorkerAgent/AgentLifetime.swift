/// When an agent has to be gone, seconds on its own clock.
public struct AgentLifetime: Hashable, Sendable {
    /// The part of a lifetime that is kept for the end, and the most of it, seconds: for last uploads, and for the
    /// daemon to hear of them.
    private static let partKept = 0.1
    private static let mostKept = 10.0

    /// From here on it starts nothing, and stops what is left.
    public let leaving: Double
    /// Nothing of it may be left.
    public let end: Double

    /// - Parameters:
    ///   - seconds: from `now` to the end.
    public init(seconds: Double, now: Double) {
        // The daemon takes no longer ones, and nobody needs them.
        let seconds = min(seconds, 1e9)
        end = now + max(0, seconds)
        leaving = end - min(Self.mostKept, Self.partKept * max(0, seconds))
    }
}
