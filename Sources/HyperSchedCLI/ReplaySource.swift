import ArgumentParser
import CurveReplay
import Foundation
import HyperSchedClient
import HyperSchedProtocol

/// Where the curves come from.
struct ReplaySource: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Curves: a CSV file, gzip or not, with the columns config, step, metric and, where known, elapsed_s \
            (seconds since the run's start on one slot); or a made-up family: \
            \(SyntheticTables.names.joined(separator: ", ")).
            """, valueName: "file"), completion: .file())
    var table: String?
    @Option(help: ArgumentHelp("A sweep that the daemon has carried out.", valueName: "sweep")) var fromSweep: Int64?
    @Option(help: "How curves of the sweep that were cut off go on: hold (their last value) or power (a fit).")
    var extend = "power"
    @Option(help: ArgumentHelp("The column with the objective (default: metric).", valueName: "column"))
    var metric: String?
    @Option(help: "maximize or minimize the column.") var goal = "maximize"
    @Option(help: ArgumentHelp("The column with the elapsed seconds (default: elapsed_s).", valueName: "column"))
    var elapsed: String?
    @Option(help: "Seconds of each step where the table has no times.") var stepSeconds = 100.0
    @Option(help: "Use all configurations of the table, the odd or the even ones.") var configs = "all"

    var metricName: String { metric ?? "metric" }

    func validate() throws {
        guard (table == nil) != (fromSweep == nil) else {
            throw ValidationError("give --table FILE or --from-sweep ID")
        }
        guard CurveExtension(rawValue: extend) != nil else {
            throw ValidationError("--extend \(extend): expected hold or power")
        }
        guard Metric.Goal(rawValue: goal) != nil else {
            throw ValidationError("--goal \(goal): expected maximize or minimize")
        }
        guard TableOptions.Part(rawValue: configs) != nil else {
            throw ValidationError("--configs \(configs): expected all, odd or even")
        }
        guard stepSeconds > 0 else { throw ValidationError("--step-seconds \(stepSeconds): expected more than 0") }
    }

    func read(_ daemon: DaemonOptions) async throws -> (CurveTable, RecordedSweep?) {
        if let fromSweep {
            let sweep = try await Self.recorded(
                SweepID(fromSweep), try daemon.client(), CurveExtension(rawValue: extend)!)
            return (sweep.table, sweep)
        }
        let options = TableOptions(
            metric: metric, goal: Metric.Goal(rawValue: goal)!, elapsed: elapsed, stepSeconds: stepSeconds,
            part: TableOptions.Part(rawValue: configs)!)
        return (try CurveTable.named(table!, options), nil)
    }

    private static func recorded(
        _ id: SweepID, _ client: DaemonClient, _ method: CurveExtension
    ) async throws -> RecordedSweep {
        let summary = try await client.sweep(id)
        let ranking = try await PageWalk.all { page async throws(ClientError) in
            try await client.ranking(of: id, page)
        }
        let attempts = try await PageWalk.all { page async throws(ClientError) in
            try await client.attempts(of: id, page)
        }
        var trials: [RecordedSweep.Trial] = []
        for row in ranking {
            let curve = try await PageWalk.all { page async throws(ClientError) in
                try await client.curve(of: row.trial, page)
            }
            trials.append(RecordedSweep.Trial(id: row.trial, state: row.state, curve: curve))
        }
        return try RecordedSweep(summary, trials: trials, attempts: attempts, extension: method)
    }
}
