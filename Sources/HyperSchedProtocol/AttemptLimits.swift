/// What an agent sees to by itself while it runs an attempt. Nothing of it changes how the program is started.
public struct AttemptLimits: Hashable, Sendable, Codable {
    /// Bytes of output that are kept; of more the end is kept, too, behind a mark.
    public var outputBytes: Int64
    /// Bytes that the attempt may have in its checkpoint directory; nil: no limit.
    public var diskBytes: Int64?

    public init(outputBytes: Int64, diskBytes: Int64? = nil) {
        self.outputBytes = outputBytes
        self.diskBytes = diskBytes
    }
}

/// A slot that is not offered again before something of an earlier trial is gone from it.
public struct QuarantinedSlot: Hashable, Sendable, Codable {
    /// The slot's index.
    public var slot: Int
    /// One sentence for people.
    public var reason: String
    /// Seconds since it was found.
    public var seconds: Double

    public init(slot: Int, reason: String, seconds: Double = 0) {
        self.slot = slot
        self.reason = reason
        self.seconds = seconds
    }
}
