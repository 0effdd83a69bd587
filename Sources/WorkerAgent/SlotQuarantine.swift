public import HyperSchedProtocol

/// A slot on which something of an attempt is left.
public struct QuarantineEntry: Hashable, Sendable {
    public let slot: Int
    /// Whose it is.
    public let attempt: AttemptID
    public internal(set) var reason: String
    /// When it was found, seconds on the agent's clock.
    public let since: Double
}

/// Slots that are not used before they are clean: looked at again and again, until they are or somebody who knows says
/// that they are to be used all the same.
public struct SlotQuarantine: Hashable, Sendable {
    /// By slot.
    public private(set) var entries: [Int: QuarantineEntry] = [:]
    /// When they are to be looked at next; nil: there are none, or a look is under way.
    public private(set) var nextCheck: Double?
    private var releases: Int64?

    /// Seconds from one look to the next.
    public static let checkSeconds = 15.0

    public init() {}

    /// Ascending.
    public var slots: [QuarantineEntry] { entries.keys.sorted().compactMap { entries[$0] } }

    mutating func add(_ dirt: [Int: String], of attempt: AttemptID, at now: Double) {
        for (slot, reason) in dirt {
            entries[slot] = QuarantineEntry(slot: slot, attempt: attempt, reason: reason, since: now)
        }
        if !entries.isEmpty, nextCheck == nil { nextCheck = now + Self.checkSeconds }
    }

    /// What is to be looked at now.
    mutating func due(at now: Double) -> [QuarantineEntry] {
        guard let next = nextCheck, now >= next, !entries.isEmpty else { return [] }
        nextCheck = nil
        return slots
    }

    mutating func checked(_ findings: [Int: String?], at now: Double) {
        for (slot, dirt) in findings {
            if let dirt { entries[slot]?.reason = dirt } else { entries[slot] = nil }
        }
        nextCheck = entries.isEmpty ? nil : now + Self.checkSeconds
    }

    /// - Parameter count: how often somebody has said so; what was said before this process started does not count.
    mutating func released(_ count: Int64) {
        if let releases, count > releases {
            entries = [:]
            nextCheck = nil
        }
        releases = count
    }
}
