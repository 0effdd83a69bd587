/// `keeper.json`: written by the keeper before the program is started.
struct KeeperStart: Hashable, Sendable, Codable {
    var keeperPID: Int32
    /// When the program was started, by CLOCK_MONOTONIC.
    var startedSeconds: Double
    /// The clock's epoch: it starts anew with each boot.
    var bootID: String
}

/// `exit.json`: written by the keeper when no process of the attempt is left.
struct KeeperExit: Hashable, Sendable, Codable {
    var exitCode: Int?
    var signal: Int?
    var elapsedSeconds = 0.0
    var wasAskedToStop = false
    var wasKilled = false
    var startFailure: String?
    /// Processes that could not be killed; nil: none is left.
    var left: Int?
    /// Processes of the machine that the kernel killed meanwhile for want of memory; nil: none.
    var memoryKills: Int?
}
