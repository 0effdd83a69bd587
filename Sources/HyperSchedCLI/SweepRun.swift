import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol
import SweepFile
import TerminalView

/// The argument that names a sweep file, and what is said beside it.
struct FileArgument: ParsableArguments {
    @Argument(help: "The sweep file, YAML or JSON; - is standard input.", completion: .file())
    var file: String
    @Option(
        name: .customShort("f"),
        help: ArgumentHelp(
            "A further file: its keys are added to those of the sweep file, or replace them. May be repeated.",
            valueName: "file"), completion: .file())
    var more: [String] = []
    @Option(
        help: ArgumentHelp(
            "When the best model is needed: 6h, 90m, or an instant with a zone.", valueName: "time"))
    var deadline: String?
    @Option(help: ArgumentHelp("Steps at which a trial is complete.", valueName: "n"))
    var maxSteps: Int?
    @Option(help: ArgumentHelp("The metric that decides, in place of the file's.", valueName: "name"))
    var metric: String?
    @Option(help: ArgumentHelp("With --metric: minimize or maximize.", valueName: "goal"))
    var goal: String?

    func validate() throws {
        try SweepOptions.check(deadline: deadline, maxSteps: maxSteps)
        if goal != nil, metric == nil { throw ValidationError("--goal goes with --metric NAME") }
        if let goal, !["minimize", "maximize"].contains(goal) {
            throw ValidationError("--goal \(goal): expected minimize or maximize")
        }
    }

    /// The file, further files and what the options say, as documents of one text. A file alone stays byte for byte.
    func text() throws -> String {
        var parts = try ([file] + more).map(Self.text(of:))
        let options = optionLines
        if !options.isEmpty { parts.append(options.joined(separator: "\n")) }
        return parts.joined(separator: "\n---\n")
    }

    private var optionLines: [String] {
        var lines: [String] = []
        if let metric {
            lines.append("metric: {name: \(WireCoding.encodeText(metric)), goal: \(goal ?? "minimize")}")
        }
        guard deadline != nil || maxSteps != nil else { return lines }
        lines.append("hypersched:")
        if let deadline {
            lines.append("  \(DurationText.seconds(deadline) == nil ? "deadline" : "in"): \"\(deadline)\"")
        }
        if let maxSteps { lines.append("  steps: {max: \(maxSteps)}") }
        return lines
    }

    static func text(of file: String) throws -> String {
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
