/// Identifies one sweep of a daemon. Ids grow in the order of submission and are never used again.
public struct SweepID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
    public var description: String { String(rawValue) }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Identifies one trial of a daemon (unique over all sweeps). Ids grow in the order of creation.
public struct TrialID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
    public var description: String { String(rawValue) }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Identifies one agent: its name, by default the host name of the compute node. 1 to 64 of `[A-Za-z0-9._-]`.
public struct AgentID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// True when the name is legal: it appears in URLs and in paths, so only a plain alphabet is allowed.
    public var isValid: Bool {
        !rawValue.isEmpty && rawValue.utf8.count <= 64 && rawValue != "." && rawValue != ".."
            && rawValue.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}

/// One run of a trial's process. `number` grows with every run of the trial (1, 2, …) and fences off older ones:
/// only the highest number of a trial may move its curve, its rank or its checkpoints.
public struct AttemptID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let trial: TrialID
    public let number: Int

    public init(trial: TrialID, number: Int) {
        self.trial = trial
        self.number = number
    }

    public var description: String { "\(trial).\(number)" }
    public static func < (a: Self, b: Self) -> Bool { (a.trial, a.number) < (b.trial, b.number) }
}
