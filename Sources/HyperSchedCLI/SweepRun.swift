import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol
import SweepFile
import TerminalView

/// The argument that names a sweep file.
struct FileArgument: ParsableArguments {
    @Argument(help: "The sweep file, YAML or JSON; - is standard input.", completion: .file())
    var file: String

    func text() throws -> String {
        let data: Data?
        if file == "-" {
            data = try? FileHandle.standardInput.readToEnd() ?? Data()
        } else {
            data = FileManager.default.contents(atPath: file)
        }
        guard let data else { throw CommandFailure(.failure, "error: \(file): no such file, or it can not be read") }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(.failure, "error: \(file): not UTF-8 text")
        }
        return text
    }
}

struct SweepRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Start the sweep that a file describes.",
        discussion: "Prints the sweep's number, its rungs and its warnings. " + ExitStatus.explanation)

    @OptionGroup var file: FileArgument
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Stay and show how it does, until it ends.") var watch = false
    @Flag(help: "With --watch: no live view, but a line every few seconds.") var plain = false
    @Option(
        help: ArgumentHelp(
            "Submitting again with the same key gives the same sweep (default: a new key).", valueName: "text"))
    var idempotencyKey: String?

    func validate() throws {
        if watch, global.json {
            throw ValidationError("--watch and --json do not go together; use 'sweep show --json'")
        }
    }

    func run() async throws {
        let client = try global.client()
        let text = try file.text()
        // With a key of its own the call can be repeated when the connection breaks, and still makes one sweep.
        let key = idempotencyKey ?? UUID().uuidString
        let summary = try await client.submitSweep(file: text, idempotencyKey: key)
        if global.printedJSON(summary) { return }
        let terminal = Terminal()
        if watch {
            terminal.print(StyledLine("sweep \(summary.id) \(summary.name) accepted"))
            try await LiveWatch(client: client, terminal: terminal, sweep: summary.id, plain: plain).run()
            return
        }
        let agents = (try? await client.agents())?.items ?? []
        terminal.print(Self.accepted(summary, Self.explanation(summary, text, agents)))
    }

    /// Of the sweep as accepted: its seed and its deadline are known now.
    static func explanation(_ summary: SweepSummary, _ text: String, _ agents: [AgentSummary]) -> SweepExplanation {
        let now = summary.spec.deadline.advanced(bySeconds: -summary.timeLeftSeconds)
        // What is legal, but perhaps not meant, only the text of the file shows.
        let parsed = try? SweepFileReader.read(text, now: now, defaultSeed: 0).get()
        let accepted = ParsedSweep(spec: summary.spec, warnings: parsed?.warnings ?? [])
        return SweepExplainer(accepted, now: now, agents: agents).explanation()
    }

    static func accepted(_ summary: SweepSummary, _ explanation: SweepExplanation) -> [StyledLine] {
        var lines = [
            StyledLine("sweep \(summary.id)", .strong) + StyledLine(" \(summary.name) accepted; ")
                + StyledLine(
                    "deadline \(summary.spec.deadline.rfc3339), \(ValueText.duration(summary.timeLeftSeconds)) left")
        ]
        lines += explanation.text.filter { $0.hasPrefix("rungs") || $0.hasPrefix("space") }.map { StyledLine($0) }
        lines += explanation.obstacles.map { StyledLine("can not work: \($0)", .bad) }
        let more = summary.warnings.filter { !explanation.warnings.contains($0) }
        lines += (explanation.warnings + more).map { StyledLine("warning: \($0)", .warning) }
        return lines + [StyledLine("watch it: hypersched sweep watch \(summary.id)", .faint)]
    }
}

struct SweepExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what a sweep file means; nothing is started.",
        discussion: "Ends with exit status 1 when the file has a mistake, or asks for what can never work.")

    @OptionGroup var file: FileArgument
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Ask no daemon; the agents are then not known.") var offline = false

    func run() async throws {
        let explanation = offline ? try explainHere() : try await global.client().explainSweep(file: file.text())
        if !global.printedJSON(explanation) {
            Terminal().print(
                explanation.text.map { line in
                    StyledLine(line, line.hasPrefix("can not") ? .bad : line.hasPrefix("warning") ? .warning : .plain)
                })
        }
        if !explanation.obstacles.isEmpty { throw CommandFailure(.failure) }
    }

    private func explainHere() throws -> SweepExplanation {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        switch SweepFileReader.read(try file.text(), now: now, defaultSeed: 0) {
        case .success(let parsed): return SweepExplainer(parsed, now: now).explanation()
        case .failure(let error): throw ClientError.problem(error.problem)
        }
    }
}
