public import HyperSchedProtocol

/// What the agent needs of the daemon. All calls may be repeated without harm.
public protocol DaemonConnection: Sendable {
    /// Waits up to `message.waitSeconds` for something newer than `message.seenVersion`.
    func sync(_ message: AgentSync) async throws(ConnectionFailure) -> DesiredState
    /// Everything in it is durable when it returns.
    func sendReports(_ batch: ReportBatch) async throws(ConnectionFailure) -> ReportReceipt
    /// `file` is a tar archive; it is durable where `info` says, and known to the daemon, when the call returns.
    func uploadCheckpoint(_ info: CheckpointInfo, file: String) async throws(ConnectionFailure)
    /// `path` appears whole or not at all.
    func downloadCheckpoint(_ info: CheckpointInfo, to path: String) async throws(ConnectionFailure)
    /// `offset` is that of the first byte within the attempt's log.
    func appendLog(_ attempt: AttemptID, offset: Int64, bytes: [UInt8]) async throws(ConnectionFailure)
}

/// Why a call did not succeed.
public enum ConnectionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Later it may succeed: no daemon, no time, no room, or the token is not accepted yet.
    case unavailable(String)
    /// The daemon looked at it and said no (409): the attempt is not the trial's live one.
    case stale(String)
    /// The daemon will say no to it each time.
    case refused(status: Int, String)

    public var description: String {
        switch self {
        case .unavailable(let why), .stale(let why): why
        case .refused(let status, let why): "\(why) (HTTP \(status))"
        }
    }
}
