import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a sweep as one HTML file, to keep or to send.",
        discussion: """
            The file has the winner, the curves, who held the slots, and the ranking. It needs no network and no \
            daemon. A file that is there already is replaced.

            Example: hypersched report 3 -o report.html
            """)

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var daemon: DaemonOptions
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where to (default: sweep-ID.html).", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String?

    func run() async throws {
        let file = output ?? "sweep-\(sweep.id).html"
        try await daemon.client().report(of: sweep.id, to: file)
        Terminal().print([StyledLine("written to \(file)")])
    }
}
