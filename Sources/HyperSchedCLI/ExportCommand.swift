import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Put what a sweep has found somewhere else.", subcommands: [ExportMLflow.self])
}

struct ExportMLflow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlflow", abstract: "Put the ended trials of a sweep on an MLflow tracking server, one run each.",
        discussion: """
            Again as often as you like: a trial that is there already, with all its reports, is left alone; one that \
            has gone on since, or whose export was cut off, gets a new run, and the old one is deleted. The tag \
            hypersched.trial says which trial a run is.

            A server that asks for a login: user and password in the address, or a token in MLFLOW_TRACKING_TOKEN.
            """)

    /// What `--json` prints.
    struct Output: Encodable {
        let experiment: String
        let written: Int
        let unchanged: Int
        let notEnded: Int
    }

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("The server (default: $MLFLOW_TRACKING_URI).", valueName: "uri")) var to: String?
    @Option(help: "The experiment's name (default: the sweep's).") var experiment: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let uri = to ?? environment["MLFLOW_TRACKING_URI"], uri.hasPrefix("http://") || uri.hasPrefix("https://")
        else { throw CommandFailure(.usage, "error: --to: expected an address such as http://127.0.0.1:5000") }
        let client = global.client()
        let summary = try await client.sweep(sweep.id)
        let server = MLflowServer(uri: uri, token: environment["MLFLOW_TRACKING_TOKEN"])
        let export = MLflowExport(sweep: summary, daemon: client, server: server)
        let name = experiment ?? summary.name
        let result: MLflowExport.Result
        do throws(ClientError) {
            result = try await export.run(experiment: name)
        } catch { throw CommandFailure(error.isTransient ? .unreachable : .failure, "error: \(error)") }
        let output = Output(
            experiment: name, written: result.written, unchanged: result.unchanged, notEnded: result.notEnded)
        if global.printedJSON(output) { return }
        print(
            "experiment '\(name)': \(result.written) written, \(result.unchanged) there already"
                + (result.notEnded == 0 ? "" : ", \(result.notEnded) not ended yet"))
    }
}
