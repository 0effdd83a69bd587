import HyperSchedProtocol

/// The agent's own directory.
struct WorkFolder: Hashable, Sendable {
    let path: String

    var lockFile: String { path + "/agent.lock" }
    /// The port of the endpoint for trials, as text: a later process of the agent takes the same one.
    var portFile: String { path + "/endpoint.port" }
    /// What the agent shows to the daemon.
    var credentialFile: String { path + "/credential" }
    var attempts: String { path + "/attempts" }
    /// Checkpoint archives by digest.
    var cache: String { path + "/cache" }
    /// Configurations by trial: the path is the same for each attempt, so that command lines are, too.
    var parameters: String { path + "/params" }

    func attempt(_ id: AttemptID) -> AttemptFolder { AttemptFolder(path: "\(attempts)/\(id)") }
    func parametersFile(_ trial: TrialID) -> String { "\(parameters)/\(trial).json" }
    func cached(_ sha256: String) -> String { "\(cache)/\(sha256).tar" }

    /// Archives that stay for trials which come back to this machine.
    private static let maximumCached = 8

    /// Deletes all cached archives but the newest ones and the one named.
    func forgetOldArchives(except sha256: String) {
        let names = FileAccess.names(in: cache).filter { $0 != "\(sha256).tar" && $0.hasSuffix(".tar") }
        let byAge = names.map { "\(cache)/\($0)" }.map { (path: $0, time: FileAccess.changeTime(of: $0)) }
            .sorted { ($1.time, $0.path) < ($0.time, $1.path) }
        for archive in byAge.dropFirst(Self.maximumCached) { FileAccess.remove(archive.path) }
    }

    func create() throws(FileAccessError) {
        for folder in [attempts, cache, parameters] { try FileAccess.makeFolder(folder) }
    }
}
