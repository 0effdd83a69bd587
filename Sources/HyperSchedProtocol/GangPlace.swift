/// Where one member of a gang stands: a trial over several agents runs one process on each of them at the same time.
public struct GangPlace: Hashable, Sendable, Codable {
    /// 0, 1, … Rank 0 is the leader: its reports and checkpoints are the trial's.
    public var rank: Int
    /// Agents, and so processes.
    public var size: Int
    /// Slots of each member.
    public var slotsEach: Int
    /// The leader's address, for the others.
    public var masterAddress: String
    /// Where the leader may listen.
    public var masterPort: Int

    public init(rank: Int, size: Int, slotsEach: Int, masterAddress: String, masterPort: Int) {
        self.rank = rank
        self.size = size
        self.slotsEach = slotsEach
        self.masterAddress = masterAddress
        self.masterPort = masterPort
    }

    /// Reports and checkpoints come from it.
    public var isLeader: Bool { rank == 0 }

    /// Ports that leaders are given: 29500 is the one that torchrun takes by itself.
    public static let ports = 29500..<30500
}
