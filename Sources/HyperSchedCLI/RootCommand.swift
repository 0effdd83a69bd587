import ArgumentParser
import HyperSchedProtocol

struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hypersched",
        abstract: "The best model by the deadline: hyperparameter sweeps on a cluster.",
        discussion: ExitStatus.explanation,
        version: "hypersched \(ProductVersion.current)",
        subcommands: [
            SweepCommand.self, TrialCommand.self, AgentCommand.self, BestCommand.self, ReportCommand.self,
            SimulateCommand.self, ImportCommand.self, ExportCommand.self, WorkloadsCommand.self, TokenCommand.self,
            AuditCommand.self,
        ])
}
