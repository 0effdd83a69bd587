import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

/// Two commands of one name: what it is given tells them apart.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a sweep as one HTML file; in a trial's script, report metrics and hear what to do.",
        usage: """
            hypersched report <sweep> [--output <file>] [--daemon <url>]
            hypersched report <name=value> ... [--step <step>] [--checkpoint <directory>] [--id <text>] [--json]
            """,
        discussion: """
            With a sweep's number: the file has the winner, the curves, who held the slots, and the ranking. It needs no \
            network and no daemon. A file that is there already is replaced.

            Example: hypersched report 3 -o report.html

            With metrics, in a trial: prints what the program should do: continue, checkpoint (write one soon) or stop. \
            The exit status is 75 for stop and 0 for the others, so that a script can end with the status that means \
            "run me again". It returns when the report is on the agent's disk; each reaches the daemon once. Outside a \
            trial it prints the report as a line of output.

            Example: hypersched report val_acc=$acc loss=$loss --step $epoch || exit $?
            """)

    @Argument(help: ArgumentHelp("A sweep's number, or metrics: val_acc=0.87.", valueName: "sweep or name=value"))
    var words: [String] = []
    @OptionGroup var daemon: DaemonOptions
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where to (default: sweep-ID.html).", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String?
    @Option(help: "Completed steps (default: one more than before).") var step: Int?
    @Option(
        help: ArgumentHelp(
            "A directory below HYPERSCHED_CHECKPOINT_DIR that holds the model as it was measured.",
            valueName: "directory"))
    var checkpoint: String?
    @Option(help: ArgumentHelp("With the same id a report counts once (default: a random one).", valueName: "text"))
    var id: String?
    @Flag(help: "Print the agent's whole answer as JSON.") var json = false

    /// nil: metrics are meant.
    private var sweep: SweepID? { words.count == 1 ? words.first.flatMap(Int64.init).map { SweepID($0) } : nil }

    func validate() throws {
        guard sweep == nil else {
            guard step == nil, checkpoint == nil, id == nil, !json else {
                throw ValidationError(
                    "--step, --checkpoint, --id and --json go with metrics, not with a sweep's number")
            }
            return
        }
        guard output == nil else {
            throw ValidationError("--output goes with a sweep's number: hypersched report 3 -o FILE")
        }
        guard !words.isEmpty || checkpoint != nil else {
            throw ValidationError("expected a sweep's number, or metrics such as val_acc=0.87")
        }
        for word in words where MetricsReport.pair(word) == nil {
            throw ValidationError("'\(word)': expected name=value with a number")
        }
        if let step, step < 0 { throw ValidationError("--step \(step): expected completed steps, from 0") }
    }

    func run() async throws {
        guard let sweep else {
            return try await MetricsReport(words: words, step: step, checkpoint: checkpoint, id: id).run(json: json)
        }
        let file = output ?? "sweep-\(sweep).html"
        try await daemon.client().report(of: sweep, to: file)
        Terminal().print([StyledLine("written to \(file)")])
    }
}
