import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

/// Where the daemon is.
struct DaemonOptions: ParsableArguments {
    static let defaultURL = "http://127.0.0.1:8472"

    @Option(
        help: ArgumentHelp(
            "The daemon's address (default: $HYPERSCHED_DAEMON, or \(Self.defaultURL)).", valueName: "url"))
    var daemon: String?

    var url: String {
        let fromEnvironment = ProcessInfo.processInfo.environment["HYPERSCHED_DAEMON"]
        return daemon ?? fromEnvironment.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultURL
    }

    @Option(
        help: ArgumentHelp(
            "A file with the token, which nobody else can read (default: $HYPERSCHED_TOKEN_FILE, or "
                + "~/.config/hypersched/token where there is one).", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "A PEM file of the authorities that may vouch for the daemon (default: $HYPERSCHED_CA_FILE, or the "
                + "system's).", valueName: "file"), completion: .file())
    var caFile: String?

    /// Tokens may cross networks as plain text.
    var allowsPlaintext: Bool { Self.variable("HYPERSCHED_ALLOW_PLAINTEXT") == "1" }

    /// - Parameter file: what a configuration file names; the option goes before it.
    func certificates(_ file: String? = nil) -> String? { caFile ?? file ?? Self.variable("HYPERSCHED_CA_FILE") }

    /// The token for `url`; nil: there is none.
    /// - Parameter file: what a configuration file names; the option goes before it.
    func token(for url: String, _ file: String? = nil) throws -> String? {
        let named = tokenFile ?? file ?? Self.variable("HYPERSCHED_TOKEN_FILE")
        let path = named ?? Self.defaultTokenFile
        if named == nil, !FileManager.default.fileExists(atPath: path) { return nil }
        let token = try TokenFile.read(path)
        guard TokenFile.isSafe(url: url) || allowsPlaintext else {
            throw CommandFailure(
                .failure,
                "error: the token in \(path) would cross the network to \(url) as plain text: use https://, or set "
                    + "HYPERSCHED_ALLOW_PLAINTEXT=1 on a network that nobody else can listen to")
        }
        return token
    }

    private static var defaultTokenFile: String {
        let home = variable("XDG_CONFIG_HOME") ?? (variable("HOME") ?? "/nonexistent") + "/.config"
        return home + "/hypersched/token"
    }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func validate() throws {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ValidationError("--daemon \(url): expected an address such as \(Self.defaultURL)")
        }
    }

    /// Someone is waiting at a terminal: a daemon that is not there is reported within a second or two.
    func client() throws -> DaemonClient {
        DaemonClient(
            url: url, token: try token(for: url), certificates: certificates(), retry: CallRetry(attempts: 3))
    }
}

/// Options of every command that asks the daemon something.
struct GlobalOptions: ParsableArguments {
    @OptionGroup var daemon: DaemonOptions

    @Flag(help: "Print JSON, as the daemon's HTTP API has it.")
    var json = false

    func client() throws -> DaemonClient { try daemon.client() }

    /// Prints `value` as JSON where that was asked for.
    /// - Returns: false: the caller prints it for people.
    func printedJSON(_ value: some Encodable) -> Bool {
        if json { print(WireCoding.encodeText(value)) }
        return json
    }

    /// Prints how a sweep stands, in a line or as JSON: the answer of commands that change one.
    func printStatus(of sweep: SweepSummary) {
        if printedJSON(sweep) { return }
        Terminal().print(SweepReport(SweepSnapshot(sweep: sweep, ranking: [])).statusLine())
    }
}
