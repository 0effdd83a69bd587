import ArgumentParser

struct SweepWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show live how a sweep does, until it ends.",
        discussion: "Ctrl-C leaves the view; the sweep goes on. " + ExitStatus.explanation)

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "No live view, but a line every few seconds.") var plain = false

    func run() async throws {
        try await LiveWatch(client: try daemon.client(), terminal: Terminal(), sweep: sweep.id, plain: plain).run()
    }
}
