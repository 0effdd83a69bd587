import ArgumentParser
import CurveReplay
import Foundation
import HyperSchedProtocol
import Simulator

/// The sweeps of a benchmark: every combination of tables, deadlines, slots, scalings, start-up times and seeds.
struct BenchOptions: ParsableArguments {
    @Option(help: "A file of curves, or a made-up family; repeat it for more.") var table: [String] = []
    @Option(
        help: "Contenders, separated by commas; repeat it for more. Options follow after colons: asha:kind=stopping.")
    var policy: [String] = []
    @Option(help: "How many, or first-last.") var seeds = "10"
    @Option(help: "Deadlines over the time of a median run on one slot.") var ratios = "0.5,1,2,4"
    @Option(help: "Deadlines in seconds; replaces --ratios.") var deadlines: String?
    @Option(help: "Slots; 2x4 is two agents of four.") var slots = "4,8,16,32"
    @Option(help: ArgumentHelp("Speed on several slots: \(NamedScaling.explanation).", valueName: "names"))
    var scalings = "linear,sqrt,imagenet"
    @Option(help: "Folder of pollux_scalability.csv and gavel_throughput.csv (default: $HYPERSCHED_CURVES).")
    var scalingData: String?
    @Option(help: "Seconds to start an attempt, in median steps.") var startup = "0.2"
    @Option(help: "Seconds to stop one, in median steps.") var stop = 0.05
    @Option(help: "Runs per sweep.") var trials = 100
    @Option(help: "steps.min") var minStep = 1
    @Option(help: "all, odd or even configurations of each table.") var configs = "all"
    @Option(help: "Mean life of a process before it crashes, in median steps.") var crash: Double?
    @Option(help: "Spread of the pace of attempts (standard deviation of the logarithm).") var pace = 0.0
    @Option var threads = 2

    func validate() throws {
        guard !table.isEmpty else {
            throw ValidationError(
                "give at least one --table: a file of curves, or \(SyntheticTables.names.joined(separator: ", "))")
        }
        guard trials >= 1, minStep >= 1, pace >= 0, stop >= 0 else {
            throw ValidationError("--trials and --min-step must be 1 or more, --pace and --stop not negative")
        }
    }

    func contenders() throws -> [Contender] {
        if policy.isEmpty { return try Contender.list("asha,hypersched,deadline") }
        return try policy.flatMap { try Contender.list($0) }
    }

    func tables() throws -> [CurveTable] {
        guard let part = TableOptions.Part(rawValue: configs) else {
            throw ValidationError("--configs \(configs): expected all, odd or even")
        }
        return try table.map { try CurveTable.named($0, TableOptions(part: part)) }
    }

    func cells() throws -> [ReplayCell] {
        let folder = scalingData ?? ProcessInfo.processInfo.environment["HYPERSCHED_CURVES"]
        let scalings = try list(scalings).map { try NamedScaling.named($0, measuredIn: folder) }
        let agents = try list(slots).map { try ReplayCell.agents($0) }
        let startups = try numbers(startup, "--startup")
        let seeds = try seedRange()
        return try tables().flatMap { table in
            try deadlines(of: table).flatMap { deadline in
                agents.flatMap { agents in
                    scalings.flatMap { scaling in
                        startups.flatMap { startup in
                            seeds.map { seed in
                                cell(table, deadline, agents, scaling, startup: startup, seed: seed)
                            }
                        }
                    }
                }
            }
        }
    }

    private func cell(
        _ table: CurveTable, _ deadline: Double, _ agents: [Int], _ scaling: NamedScaling, startup: Double, seed: UInt64
    ) -> ReplayCell {
        ReplayCell(
            table: table, deadlineSeconds: deadline, agents: agents, scaling: scaling, seed: seed, trials: trials,
            startupSeconds: startup * table.stepSeconds, stopSeconds: stop * table.stepSeconds, minStep: minStep,
            faults: SimulatedFaults(secondsToCrash: crash.map { $0 * table.stepSeconds }, paceSpread: pace))
    }

    private func deadlines(of table: CurveTable) throws -> [Double] {
        if let deadlines { return try numbers(deadlines, "--deadlines") }
        return try numbers(ratios, "--ratios").map { $0 * table.fullSeconds }
    }

    private func seedRange() throws -> ClosedRange<UInt64> {
        let bounds = seeds.split(separator: "-").map { UInt64($0) ?? 0 }
        guard (1...2).contains(bounds.count), let last = bounds.last, last >= 1, bounds[0] >= 1, bounds[0] <= last
        else {
            throw ValidationError("--seeds \(seeds): expected a number, or first-last")
        }
        return (bounds.count == 2 ? bounds[0] : 1)...last
    }

    private func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    private func numbers(_ text: String, _ option: String) throws -> [Double] {
        try list(text).map { word in
            guard let number = Double(word), number >= 0, number.isFinite else {
                throw ValidationError("\(option) \(word): expected a number of at least 0")
            }
            return number
        }
    }
}
