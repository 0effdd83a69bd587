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
        version: "hyperschedd \(ProductVersion.current)")

    @Option(help: ArgumentHelp("Configuration file (YAML).", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Directory of database, checkpoints and logs.", valueName: "directory"))
    var dataDir: String?

    @Option(help: ArgumentHelp("Address to listen on; port 0 is any free one.", valueName: "host:port"))
    var listen: String?

    func run() async throws {
        do {
            let settings = try settings()
            let logger = logger(settings)
            let daemon = try await Daemon(settings: settings, logger: logger)
            if !settings.listen.isLoopback {
                logger.warning("anyone who can connect to \(settings.listen) can run programs here")
            }
            try await daemon.run { address in Self.announce(address, in: settings.dataDirectory) }
        } catch let error as StartError {
            FileHandle.standardError.write(Data("hyperschedd: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func settings() throws -> DaemonSettings {
        let environment = ProcessInfo.processInfo.environment
        var settings = DaemonSettings(
            dataDirectory: DaemonSettings.defaultDataDirectory(environment: environment))
        if let config {
            guard let text = try? String(contentsOfFile: config, encoding: .utf8) else {
                throw StartError("--config \(config): no such file, or it is not readable text")
            }
            try settings.apply(yaml: text, file: config)
        }
        if let dataDir { settings.dataDirectory = dataDir }
        // Paths that users are told of, a checkpoint's for one, must hold wherever they stand.
        settings.dataDirectory = URL(fileURLWithPath: settings.dataDirectory).path
        if let listen {
            guard let address = ListenAddress(listen) else {
                throw StartError("--listen \(listen): expected HOST:PORT, 127.0.0.1:8472 for example")
            }
            settings.listen = address
        }
        return settings
    }

    private func logger(_ settings: DaemonSettings) -> Logger {
        var logger = Logger(label: "hyperschedd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = settings.logLevel
        return logger
    }

    /// Says where the daemon listens, for people and for scripts.
    private static func announce(_ address: ListenAddress, in directory: String) {
        let url = "http://\(address)"
        try? Data((url + "\n").utf8).write(to: URL(fileURLWithPath: directory + "/daemon.url"), options: .atomic)
        FileHandle.standardOutput.write(Data("listening on \(url)\n".utf8))
    }
}
