import HyperSchedProtocol
import Synchronization

/// Counts wrong tokens by address, so that an address which sends many is told to wait. Right tokens are never held up:
/// nobody can lock others out by sending wrong ones from their address.
final class FailedAttempts: Sendable {
    /// Wrong tokens in a row that are answered at once.
    static let burst = 10.0
    /// Seconds after which one more is.
    static let secondsEach = 6.0
    private static let largestCount = 4096

    private struct Entry {
        var level: Double
        var at: Timestamp
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// One more wrong token.
    /// - Returns: seconds to wait before the next one; nil: none.
    func note(_ address: String, at now: Timestamp) -> Double? {
        entries.withLock { entries in
            let key = Self.network(of: address)
            let old = entries[key] ?? Entry(level: 0, at: now)
            let level = max(0, old.level - max(0, now.seconds(since: old.at)) / Self.secondsEach) + 1
            // Beyond it an address would wait the longer, the more it has sent.
            entries[key] = Entry(level: min(level, Self.burst + 2), at: now)
            if entries.count > Self.largestCount { Self.forgetOldest(&entries) }
            return level > Self.burst ? (level - Self.burst) * Self.secondsEach : nil
        }
    }

    private static func forgetOldest(_ entries: inout [String: Entry]) {
        let oldest = entries.min { ($0.value.at, $0.key) < ($1.value.at, $1.key) }
        if let oldest { entries[oldest.key] = nil }
    }

    /// One customer has 2^64 addresses of IPv6: the first half names the network.
    static func network(of address: String) -> String {
        guard address.contains(":"), !address.hasPrefix("::ffff:") else { return address }
        // `a:b::c` has no more than four groups before the gap that matter.
        let head = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return head.split(separator: ":").prefix(4).joined(separator: ":") + "::/64"
    }
}
