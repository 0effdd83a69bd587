import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import Scheduler
import TerminalView

struct SweepPropose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose", abstract: "Propose a configuration to a sweep with 'method: external'.",
        discussion: """
            Give each parameter of the sweep that exists beside the others as NAME=VALUE; one in a dictionary by its \
            whole name. A proposal is a trial at once, and starts when its sweep has slots for it.

            Examples:
              hypersched sweep propose 12 lr=0.01 optimizer=sgd sgd.momentum=0.9
              hypersched sweep propose 12 --close
            """)

    @OptionGroup var sweep: SweepArgument
    @Argument(help: ArgumentHelp("A parameter and its value.", valueName: "NAME=VALUE")) var values: [String] = []
    @OptionGroup var global: GlobalOptions
    @Option(help: "Makes it safe to say the same again: the answer is then the same trial.") var key: String?
    @Flag(help: "Also if the sweep has a trial with the same configuration.") var allowDuplicate = false
    @Flag(help: "Say that no more proposals will come: the sweep ends when its trials have.") var close = false

    func validate() throws {
        guard close != !values.isEmpty else {
            throw ValidationError("give either NAME=VALUE for each parameter or --close")
        }
        for value in values where !value.contains("=") || value.hasPrefix("=") {
            throw ValidationError("'\(value)': expected NAME=VALUE")
        }
    }

    func run() async throws {
        let client = try global.client()
        if close {
            try await client.closeProposals(of: sweep.id)
            if !global.printedJSON(try await client.sweep(sweep.id)) {
                Terminal().print([StyledLine("sweep \(sweep.id) takes no more proposals")])
            }
            return
        }
        let parameters = try await client.sweep(sweep.id).spec.parameters
        let proposal = ConfigurationProposal(
            configuration: Self.configuration(values, parameters), allowDuplicate: allowDuplicate ? true : nil)
        let trial = try await client.propose(proposal, to: sweep.id, idempotencyKey: key)
        if global.printedJSON(trial) { return }
        let text = "trial \(trial.trial) \(trial.state.rawValue): " + ValueText.configuration(trial.configuration)
        Terminal().print([StyledLine(text)])
    }

    /// A value is read as its parameter reads it: `1` may be a number or a word. What no parameter takes is sent as it
    /// is: the daemon says what is wrong with it.
    static func configuration(_ values: [String], _ parameters: [Parameter]) -> HyperSchedProtocol.Configuration {
        HyperSchedProtocol.Configuration(
            entries: values.map { text in
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let parameter = parameters.first { $0.name == parts[0] }
                let readings = readings(of: parts[1])
                let value = readings.lazy.compactMap { parameter?.domain.accepted($0) }.first ?? readings[0]
                return .init(name: parts[0], groups: parameter?.groups ?? [], value: value)
            })
    }

    private static func readings(of text: String) -> [ParameterValue] {
        let numbers: [ParameterValue?] = [Int64(text).map { .int($0) }, Double(text).map { .real($0) }]
        let words: [ParameterValue?] = [text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil]
        // JSON has no NaN: it goes as a text, which no range takes.
        let finite = numbers.compactMap(\.self).filter { $0.number?.isFinite == true }
        return finite + words.compactMap(\.self) + [.string(text)]
    }
}

struct SweepObservations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observations", abstract: "List what has changed in a sweep with 'method: external'.",
        discussion: """
            Each trial that has changed since the cursor, as it is now; then the new cursor and how many proposals \
            would be started at once.
            """)

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Option(help: "The cursor: what came before is left out.") var after: Int64 = 0
    @Option(help: "Seconds to wait for a change, or for proposals to be wanted.") var wait = 0.0
    @Option(help: "Trials at most.") var limit = 100

    func validate() throws {
        try SweepList.checkLimit(limit)
        guard wait >= 0 else { throw ValidationError("--wait \(wait): expected 0 or more seconds") }
    }

    func run() async throws {
        let page = try await global.client().observations(
            of: sweep.id, after: after, limit: limit, waitSeconds: wait)
        if global.printedJSON(page) { return }
        let terminal = Terminal()
        terminal.print(ObservationTable(page).lines(width: terminal.width))
    }
}
