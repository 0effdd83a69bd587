import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol

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

    var token: String? {
        ProcessInfo.processInfo.environment["HYPERSCHED_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    }

    func validate() throws {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ValidationError("--daemon \(url): expected an address such as \(Self.defaultURL)")
        }
    }

    /// Someone is waiting at a terminal: a daemon that is not there is reported within a second or two.
    func client() -> DaemonClient {
        DaemonClient(url: url, token: token, retry: CallRetry(attempts: 3))
    }
}

/// Options of every command that asks the daemon something.
struct GlobalOptions: ParsableArguments {
    @OptionGroup var daemon: DaemonOptions

    @Flag(help: "Print JSON, as the daemon's HTTP API has it.")
    var json = false

    func client() -> DaemonClient { daemon.client() }

    /// Prints `value` as JSON where that was asked for.
    /// - Returns: false: the caller prints it for people.
    func printedJSON(_ value: some Encodable) -> Bool {
        if json { print(WireCoding.encodeText(value)) }
        return json
    }
}
