public import Logging
import Scheduler

/// What the configuration file says, with the defaults of everything it does not say. config/hyperschedd.yaml shows and
/// explains each key.
public struct DaemonSettings: Equatable, Sendable {
    public var listen = ListenAddress(host: "127.0.0.1", port: 8472)
    /// Database, checkpoints and logs.
    public var dataDirectory: String
    /// How long an agent keeps its trials without an answer from the daemon, seconds.
    public var leaseSeconds = 30.0
    /// Times of the scheduler, see ``ClusterSettings``.
    public var lostMarginSeconds = ClusterSettings().lostMarginSeconds
    public var stopReserveSeconds = ClusterSettings().minimumStopReserveSeconds
    public var preemptAfterSeconds = ClusterSettings().preemptAfterSeconds
    public var turnSeconds = ClusterSettings().turnSeconds
    public var hopelessTrials = ClusterSettings().hopelessTrials
    public var logLevel = Logger.Level.info
    /// Bytes of one checkpoint archive.
    public var checkpointBytes: Int64 = 4 << 30
    /// Bytes that checkpoints leave free on their disk.
    public var checkpointReserveBytes: Int64 = 512 << 20
    /// Bytes kept of the output of one attempt.
    public var logBytes: Int64 = 16 << 20
    public enum Authentication: String, Sendable, CaseIterable {
        /// Every request needs a token.
        case required
        /// Nobody is asked for one.
        case off
    }

    /// nil: required where other machines can connect, off on a loopback address.
    public var authentication: Authentication?
    /// Listen beyond this machine although anyone who can connect may then do anything.
    public var allowUnauthenticated = false
    /// Listen beyond this machine without TLS, because a proxy in front has it.
    public var allowPlaintext = false
    /// PEM files of the certificate (with its chain) and its key; empty: no TLS.
    public var tlsCertificate = ""
    public var tlsKey = ""
    /// Connections that may be open at once; more wait.
    public var maxConnections = 4096

    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// True: every request needs a token.
    public var asksForTokens: Bool {
        switch authentication {
        case .required: true
        case .off: false
        case nil: !listen.isLoopback && !allowUnauthenticated
        }
    }

    /// True: the daemon speaks TLS itself.
    public var hasTLS: Bool { !tlsCertificate.isEmpty }

    var cluster: ClusterSettings {
        ClusterSettings(
            leaseSeconds: leaseSeconds, lostMarginSeconds: lostMarginSeconds,
            minimumStopReserveSeconds: stopReserveSeconds, hopelessTrials: hopelessTrials,
            preemptAfterSeconds: preemptAfterSeconds, turnSeconds: turnSeconds)
    }

    /// `$XDG_DATA_HOME/hyperschedd`, by default `~/.local/share/hyperschedd`.
    public static func defaultDataDirectory(environment: [String: String]) -> String {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/hyperschedd" }
        return (environment["HOME"] ?? ".") + "/.local/share/hyperschedd"
    }
}

/// Why the daemon can not start: one sentence for people, with what to do about it.
public struct StartError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
