import ArgumentParser
import Foundation
import HyperSchedProtocol

/// Reports per second with a decision after each: the same job as Benchmarks/core_peers.py.
struct ReportsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reports", abstract: "Reports per second, one decision each.")

    @OptionGroup var load: LoadOptions
    @Option(help: "Reports to take.") var reports = 20_000
    @Option(help: "Trials that run at once.") var workers = 64
    @Flag(help: "Print one line of JSON.") var json = false

    func run() throws {
        var core = CoreLoad(
            try load.spec(trials: 1_000_000), agents: 1, slotsPerAgent: workers, keepsOldValue: true)
        var samples = RoundTimes()
        var place = 0
        for _ in 0..<reports {
            // Round-robin, as on the Python side; the trial that replaces a stopped one goes on in its place.
            if place >= core.running { place = 0 }
            core.reportOne(at: place) { samples.add($0, $1) }
            place += 1
        }
        let seconds = Double(samples.total) / 1e9
        let rate = Double(reports) / seconds
        if json {
            print(
                "{\"name\": \"hypersched \(load.policy)\", \"reports\": \(reports), \"cpu_s\": \(seconds), "
                    + "\"reports_per_s\": \(rate), \"stopped\": \(core.stopped)}")
        } else {
            print(
                String(format: "%d reports, %.3f s, %.0f reports/s, %d stopped", reports, seconds, rate, core.stopped))
        }
    }
}
