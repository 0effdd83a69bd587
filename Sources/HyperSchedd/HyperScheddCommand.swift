import ArgumentParser
import DaemonCore
import Foundation
import HyperSchedProtocol
import Logging

@main
struct HyperScheddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyperschedd",
        abstract: "The HyperSchedd daemon: schedules hyperparameter searches by their deadlines.",
        discussion: """
            Prints `listening on http://HOST:PORT` on standard output once it serves, and writes the same URL to \
            daemon.url in its data directory. Ends cleanly on SIGTERM and SIGINT.
            """,
        version: "hyperschedd \(ProductVersion.current)", subcommands: [TokenCommand.self])

    @OptionGroup var place: DataOptions

    @Option(help: ArgumentHelp("Address to listen on; port 0 is any free one.", valueName: "host:port"))
    var listen: String?

    func run() async throws {
        // What is made from here on is the daemon's own: checkpoints, logs, tokens.
        umask(0o077)
        do {
            let settings = try settings()
            let logger = logger(settings)
            let daemon = try await Daemon(settings: settings, logger: logger)
            if !settings.listen.isLoopback, !settings.asksForTokens {
                logger.warning("anyone who can connect to \(settings.listen) can run programs here")
            }
            if daemon.lacksAdministrator { logger.warning("\(Self.firstToken(settings))") }
            try await daemon.run { address in Self.announce(address, settings) }
        } catch let error as StartError {
            FileHandle.standardError.write(Data("hyperschedd: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func settings() throws -> DaemonSettings {
        var settings = try place.settings()
        if let listen {
            guard let address = ListenAddress(listen) else {
                throw StartError("--listen \(listen): expected HOST:PORT, 127.0.0.1:8472 for example")
            }
            settings.listen = address
        }
        return settings
    }

    private static func firstToken(_ settings: DaemonSettings) -> String {
        "every request needs a token, and no administrator has one yet: make the first one with `hyperschedd token "
            + "create --role admin --name NAME --data-dir '\(settings.dataDirectory)'`; no restart is needed"
    }

    private func logger(_ settings: DaemonSettings) -> Logger {
        var logger = Logger(label: "hyperschedd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = settings.logLevel
        return logger
    }

    /// Says where the daemon listens, for people and for scripts.
    private static func announce(_ address: ListenAddress, _ settings: DaemonSettings) {
        let url = "\(settings.hasTLS ? "https" : "http")://\(address)"
        let file = URL(fileURLWithPath: settings.dataDirectory + "/daemon.url")
        try? Data((url + "\n").utf8).write(to: file, options: .atomic)
        FileHandle.standardOutput.write(Data("listening on \(url)\n".utf8))
    }
}
