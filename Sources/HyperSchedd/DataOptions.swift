import ArgumentParser
import DaemonCore
import Foundation

/// Where the data directory is.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Configuration file (YAML).", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Directory of database, checkpoints and logs.", valueName: "directory"))
    var dataDir: String?

    /// What the file and the options say.
    func settings() throws -> DaemonSettings {
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
        return settings
    }
}
