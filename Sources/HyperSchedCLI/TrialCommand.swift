import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct TrialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial", abstract: "Look into one trial.",
        subcommands: [TrialShow.self, TrialLogs.self, TrialWhy.self])
}

/// The argument that names a trial.
struct TrialArgument: ParsableArguments {
    @Argument(help: "The trial's number.")
    var trial: Int64

    var id: TrialID { TrialID(trial) }
}

struct TrialShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a trial: configuration, checkpoints and attempts.")

    @OptionGroup var trial: TrialArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let detail = try await global.client().trial(trial.id)
        if global.printedJSON(detail) { return }
        let terminal = Terminal()
        terminal.print(TrialCard.lines(detail, width: terminal.width))
    }
}

struct TrialWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Tell all that was decided about a trial, and why.")

    @OptionGroup var trial: TrialArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let client = try global.client()
        let id = trial.id
        let decisions = try await PageWalk.all { page async throws(ClientError) in
            try await client.decisions(of: id, page)
        }
        if global.printedJSON(Page(items: decisions)) { return }
        let detail = try await client.trial(id)
        let sweep = try await client.sweep(detail.sweep)
        let title = StyledLine("trial \(id)", .strong) + StyledLine("  \(detail.ranked.state.rawValue)")
        Terminal().print([title] + DecisionText.story(decisions, since: sweep.createdAt))
    }
}
