/// How a sweep stands among the sweeps that ask for slots of the same kind ("Several sweeps" in docs/SCHEDULING.md).
public struct SlotShare: Hashable, Sendable, Codable {
    /// Sweeps that share, this one included.
    public var sweeps: Int
    /// Slots that it would have if all of them wanted as many as they can get.
    public var fair: Int
    /// Its minimum satisfactory share: slots with which its best trial still gets to the last step in time.
    public var minimum: Int
    /// Slots that it has a right to now; less than `fair` where it has no use for more, more where others have none.
    public var now: Int
    /// Slots that it could use now, those it holds included.
    public var wanted: Int

    public init(sweeps: Int, fair: Int, minimum: Int, now: Int, wanted: Int) {
        self.sweeps = sweeps
        self.fair = fair
        self.minimum = minimum
        self.now = now
        self.wanted = wanted
    }
}
