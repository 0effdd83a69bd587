import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Run an agent on a compute node, and look after agents.",
        subcommands: [AgentRun.self, AgentList.self, AgentShow.self, AgentDrain.self, AgentUndrain.self],
        defaultSubcommand: AgentRun.self)
}

/// The argument that names an agent.
struct AgentArgument: ParsableArguments {
    @Argument(help: "The agent's name.")
    var name: String

    var id: AgentID { AgentID(name) }

    func validate() throws {
        guard id.isValid else { throw ValidationError("'\(name)' can not be an agent's name") }
    }
}

struct AgentList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List agents.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let page = try await global.client().agents()
        if global.printedJSON(page) { return }
        let terminal = Terminal()
        terminal.print(Listings.agents(page.items, width: terminal.width))
    }
}

struct AgentShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one agent: its slots, with their GPUs, and what it runs.")

    @OptionGroup var agent: AgentArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().agent(agent.id)
        if global.printedJSON(summary) { return }
        let terminal = Terminal()
        terminal.print(AgentCard.lines(summary, width: terminal.width))
    }
}

struct AgentDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Start nothing more on an agent; what runs there is moved away.")

    @OptionGroup var agent: AgentArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().drain(agent.id)
        if global.printedJSON(summary) { return }
        let terminal = Terminal()
        terminal.print(Listings.agents([summary], width: terminal.width))
    }
}

struct AgentUndrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "undrain", abstract: "Use a drained agent again.")

    @OptionGroup var agent: AgentArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().undrain(agent.id)
        if global.printedJSON(summary) { return }
        let terminal = Terminal()
        terminal.print(Listings.agents([summary], width: terminal.width))
    }
}
