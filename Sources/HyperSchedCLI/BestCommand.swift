import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct BestCommand: AsyncParsableCommand {
    /// What `--json` prints.
    struct Output: Encodable {
        let trial: RankedTrial
        /// Where the checkpoint was unpacked.
        let directory: String?
    }

    static let configuration = CommandConfiguration(
        commandName: "best", abstract: "Name a sweep's best trial, and fetch its checkpoint.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Option(
        help: ArgumentHelp(
            "Unpack the best trial's checkpoint into this directory, which must not exist or be empty.",
            valueName: "directory"), completion: .directory)
    var to: String?

    func run() async throws {
        let client = try global.client()
        let summary = try await client.sweep(sweep.id)
        guard let best = summary.best, let objective = best.objective else {
            throw CommandFailure(
                .failure, "error: no trial of sweep \(sweep.id) has reported \(summary.spec.metric.name)")
        }
        if let to {
            let info = best.bestCheckpoint
            try await CheckpointFetch(client: client, trial: best.trial, directory: to, info: info).run()
        }
        if global.printedJSON(Output(trial: best, directory: to)) { return }
        var lines = [
            StyledLine("trial \(best.trial)", .strong)
                + StyledLine("  \(summary.spec.metric.name) \(ValueText.number(objective, digits: 6))")
        ]
        lines += best.configuration.entries.map { StyledLine("  \($0.name): \($0.value.text)") }
        if let to { lines.append(StyledLine("checkpoint unpacked into \(to)")) }
        Terminal().print(lines)
    }
}
