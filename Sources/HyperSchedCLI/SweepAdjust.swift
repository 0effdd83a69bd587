import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct SweepAdjust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjust", abstract: "Change a sweep's priority, weight or budget.",
        discussion: """
            What is left out stays as it is. Slots change hands as trials get to their checkpoints.

            Examples:
              hypersched sweep adjust 12 --weight 3
              hypersched sweep adjust 12 --priority 5 --slot-hours 40
            """)

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Option(help: "-1000 to 1000, the larger goes first.") var priority: Int?
    @Option(help: "Its part of the slots among sweeps of one priority, 0 to 1000.") var weight: Double?
    @Option(help: "What it may use in all, slots times hours, those used so far included.") var slotHours: Double?

    func validate() throws {
        guard adjustment != SweepAdjustment() else {
            throw ValidationError("give at least one of --priority, --weight and --slot-hours")
        }
        if let weight, !SweepAdjustment.weights.contains(weight) {
            throw ValidationError("--weight \(weight): expected 0 to 1000")
        }
        if let priority, !SweepAdjustment.priorities.contains(priority) {
            throw ValidationError("--priority \(priority): expected -1000 to 1000")
        }
        if let slotHours, !(slotHours > 0 && slotHours <= SweepAdjustment.mostSlotHours) {
            throw ValidationError("--slot-hours \(slotHours): expected a number larger than 0, at most 1e9")
        }
    }

    private var adjustment: SweepAdjustment {
        SweepAdjustment(priority: priority, weight: weight, slotHours: slotHours)
    }

    func run() async throws {
        let summary = try await global.client().adjustSweep(sweep.id, adjustment)
        if global.printedJSON(summary) { return }
        let terminal = Terminal()
        terminal.print([SweepReport(SweepSnapshot(sweep: summary, ranking: [])).statusLine()])
        terminal.print(ShareText.lines(summary, width: terminal.width))
    }
}
