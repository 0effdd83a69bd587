import ArgumentParser

/// Cost of the scheduler's core, in this process: no network, no disk.
@main
struct CoreBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "core-bench", abstract: "Cost of the scheduler's core: see docs/BENCHMARKS.md.",
        subcommands: [ReportsCommand.self, ScaleCommand.self])
}
