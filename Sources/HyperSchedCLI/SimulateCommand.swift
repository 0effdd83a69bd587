import ArgumentParser
import CurveReplay
import Foundation
import HyperSchedProtocol
import SweepFile

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Replay learning curves under other policies, deadlines and slots.",
        discussion: """
            The real scheduler on a virtual clock, and curves from a table or from a sweep that the daemon has carried \
            out. Policies are those of sweep files, with their options after colons (asha:kind=stopping:eta=3); beside \
            them: random, split20, split50, split80, one-epoch and oracle. See docs/SIMULATOR.md.
            """)

    @OptionGroup var source: ReplaySource
    @OptionGroup var daemon: DaemonOptions
    @Option(help: ArgumentHelp("Policies, separated by commas.", valueName: "names"))
    var policy = "asha,hypersched,deadline"
    @Option(
        help: ArgumentHelp(
            "Time to the deadline: 6h, 90m; or 2x, twice a median run on one slot (default: 2x, or the sweep's own).",
            valueName: "time"))
    var deadline: String?
    @Option(help: "Slots of one agent (default: 8, or those of the sweep).") var slots: Int?
    @Option(help: ArgumentHelp("Several agents: 2x4, or 4+2+2.", valueName: "agents")) var agents: String?
    @Option(help: "Sweeps per policy, each with its own draw of curves.") var seeds: Int?
    @Option(help: "Curves per sweep (default: 100, or all of the sweep's).") var trials: Int?
    @Option(
        help: ArgumentHelp(
            "Speed on several slots: \(NamedScaling.explanation) (default: linear, or as the sweep measured it).",
            valueName: "name"))
    var scaling: String?
    @Option(
        help: ArgumentHelp(
            "Folder of pollux_scalability.csv and gavel_throughput.csv (default: $HYPERSCHED_CURVES, or the table's).",
            valueName: "folder"), completion: .directory)
    var scalingData: String?
    @Option(help: ArgumentHelp("Time to start a trial: 20s (default: none, or as measured).", valueName: "time"))
    var startup: String?
    @Option(help: ArgumentHelp("Time to stop one with a checkpoint: 5s (default: none).", valueName: "time"))
    var stop: String?
    @Option(help: "Reduction factor of the policies that have one.") var eta: Int?
    @Option(help: "First step at which trials are judged.") var minStep: Int?
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write CSV tables and SVG pictures into this directory.", valueName: "directory"),
        completion: .directory)
    var output: String?
    @Option(help: "Simulations at once.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard slots == nil || agents == nil else { throw ValidationError("give --slots or --agents, not both") }
        let counts = [("--slots", slots), ("--seeds", seeds), ("--trials", trials), ("--min-step", minStep)]
        for (name, value) in counts where value.map({ $0 < 1 }) ?? false {
            throw ValidationError("\(name) \(value!): expected 1 or more")
        }
        if let eta, eta < 2 { throw ValidationError("--eta \(eta): expected 2 or more") }
    }

    func run() async throws {
        do { try await simulate() } catch let error as ReplayError {
            throw CommandFailure(.failure, "error: \(error)")
        }
    }

    private func simulate() async throws {
        let contenders = try Contender.list(policy).map { contender in
            eta.map { contender.withReductionFactor($0) } ?? contender
        }
        guard !contenders.isEmpty else { throw ReplayError("--policy names no policy", fix: "write asha,deadline") }
        let (table, recorded) = try await source.read(daemon)
        let cells = try cells(table, recorded)
        let results = ReplayRun(cells: cells, contenders: contenders).run(threads: threads)
        let report = SimulationReport(results: results, contenders: contenders, recorded: recorded)
        if json { print(report.json) } else { print(report.text) }
        if let output {
            for file in try report.write(to: output) where !json { print("wrote \(file)") }
        }
    }

    private func cells(_ table: CurveTable, _ recorded: RecordedSweep?) throws -> [ReplayCell] {
        let folder =
            scalingData ?? ProcessInfo.processInfo.environment["HYPERSCHED_CURVES"]
            ?? source.table.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        let scaling =
            try scaling.map { try NamedScaling.named($0, measuredIn: folder) } ?? recorded?.scaling ?? .linear
        let agents =
            try agents.map { try ReplayCell.agents($0) } ?? slots.map { [$0] } ?? recorded?.agents ?? [8]
        let startup = try seconds(startup, "--startup") ?? recorded?.startupSeconds ?? 0
        let stop = try seconds(stop, "--stop") ?? 0
        let deadline = try deadlineSeconds(table) ?? recorded?.deadlineSeconds ?? 2 * table.fullSeconds
        guard deadline > startup + stop else {
            throw ReplayError(
                "nothing can be trained: the deadline comes after \(deadline) s, start and stop take "
                    + "\(startup + stop) s",
                fix: "give a longer --deadline")
        }
        return (1...(seeds ?? (recorded == nil ? 5 : 1))).map { seed in
            ReplayCell(
                table: table, deadlineSeconds: deadline, agents: agents, scaling: scaling, seed: UInt64(seed),
                trials: trials ?? (recorded == nil ? 100 : table.runs.count), startupSeconds: startup,
                stopSeconds: stop, minStep: minStep ?? recorded?.minStep ?? 1,
                slots: recorded?.slots ?? SlotRequest(), metricName: recorded?.metricName ?? source.metricName)
        }
    }

    private func deadlineSeconds(_ table: CurveTable) throws -> Double? {
        guard let deadline else { return nil }
        if deadline.hasSuffix("x"), let ratio = Double(deadline.dropLast()), ratio > 0, ratio.isFinite {
            return ratio * table.fullSeconds
        }
        return try seconds(deadline, "--deadline")
    }

    private func seconds(_ text: String?, _ option: String) throws -> Double? {
        guard let text else { return nil }
        if text == "0" { return 0 }
        guard let seconds = DurationText.seconds(text) else {
            throw ReplayError("\(option) \(text) is no duration", fix: "write \(DurationText.expectation)")
        }
        return seconds
    }
}
