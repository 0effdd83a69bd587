import ArgumentParser
import Foundation
import HyperSchedProtocol

/// Time per decision and memory against the number of live trials.
struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Time per decision and memory against live trials and agents.")

    enum Shape: String, ExpressibleByArgument, CaseIterable {
        /// All live trials run, one slot each.
        case wide
        /// 64 run, the others are paused.
        case deep
    }

    @OptionGroup var load: LoadOptions
    @Option(help: "Live trials, separated by commas.") var live = "1000,10000,100000"
    @Option(help: "Agents; 0: one per ten slots.") var agents = 0
    @Option(help: "wide: all live trials run; deep: 64 run, the others are paused.") var shape = Shape.wide
    @Option(help: "Reports to measure.") var reports = 5_000
    @Option(help: "Seconds to the deadline when the measurement begins; a round takes 0.01 of them. 0: very many.")
    var left = 0.0
    @Flag(inversion: .prefixedNo, help: "Keep the state from before each round, as the daemon does.") var keep = true

    func validate() throws {
        guard left == 0 || shape == .wide && Double(reports + 1) * CoreLoad.roundSeconds < left else {
            throw ValidationError("--left: only with --shape wide, and more than --reports rounds take")
        }
    }

    func run() throws {
        let shape = shape.rawValue + (left > 0 ? ", \(left) s left" : "")
        print("policy \(load.policy), \(shape), reports \(reports), keeps old value: \(keep)")
        print("    live  agents   build s  MiB  " + CoreLoad.Kind.allCases.map(Self.title).joined())
        for count in live.split(separator: ",").compactMap({ Int($0) }) { try measure(count) }
    }

    private static func title(_ kind: CoreLoad.Kind) -> String {
        "  \(kind.rawValue): p50 p99 max ms".padding(toLength: 30, withPad: " ", startingAt: 0)
    }

    private func measure(_ count: Int) throws {
        let before = ProcessorTime.residentBytes()
        let began = ProcessorTime.nanoseconds()
        let slots = shape == .wide ? count : min(count, 64)
        let agents = agents > 0 ? agents : max(1, slots / 10)
        var core = CoreLoad(
            try load.spec(trials: 100_000_000, deadlineIn: deadline(agents)), agents: agents,
            slotsPerAgent: (slots + agents - 1) / agents, keepsOldValue: keep)
        fill(&core, to: count)
        let build = Double(ProcessorTime.nanoseconds() - began) / 1e9
        let memory = Double(ProcessorTime.residentBytes() - before) / 1_048_576
        var times = RoundTimes()
        for index in 0..<reports {
            core.reportRandom { times.add($0, $1) }
            if index % 10 == 0 { core.syncOne { times.add($0, $1) } }
        }
        let columns = CoreLoad.Kind.allCases.map { kind in
            [0.5, 0.99, 1].map { share in times.percentile(share, of: kind).map { String(format: "%.4f", $0) } ?? "–" }
                .joined(separator: " ").padding(toLength: 30, withPad: " ", startingAt: 0)
        }
        print(
            String(format: "%8d %7d  %8.1f %4.0f    ", core.running + core.paused, agents, build, memory)
                + columns.joined())
    }

    /// Each agent's first batch takes as long as a round (``CoreLoad/scatter()``).
    private func deadline(_ agents: Int) -> Double {
        left > 0 ? Double(agents) * CoreLoad.roundSeconds + left : 1e7
    }

    private func fill(_ core: inout CoreLoad, to count: Int) {
        switch shape {
        case .wide: core.scatter()
        case .deep:
            var last = 0
            while core.running + core.paused < count {
                for _ in 0..<64 { core.reportRandom { _, _ in } }
                // A policy that prunes or fills up leaves no trial paused.
                if core.decisions > 20_000, core.paused == last { return }
                last = core.paused
            }
        }
    }
}
