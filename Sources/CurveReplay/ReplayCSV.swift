import Foundation
import HyperSchedProtocol
public import Simulator

/// Results as comma-separated tables.
public enum ReplayCSV {
    /// One line per cell and contender.
    public static func measurements(_ results: ReplayResults) -> String {
        var lines = [
            "table,deadline_s,slots,scaling,startup_s,stop_s,trials,min_step,seed,contender,best,regret,oracle,random,"
                + "held,trained,started,restarts,ended_s,cost_s"
        ]
        for (index, cell) in results.cells.enumerated() {
            let scale = results.scales[index]
            let prefix = [
                quoted(cell.table.name), text(cell.deadlineSeconds), cell.agentText, quoted(cell.scaling.name),
                text(cell.startupSeconds), text(cell.stopSeconds), String(cell.trials), String(cell.minStep),
                String(cell.seed),
            ]
            for (contender, row) in zip(results.contenders, results.rows[index]) {
                let numbers = [
                    row.best, row.regret, scale.oracle, scale.random, row.utilization, row.trained,
                    Double(row.started), Double(row.restarts), row.endedSeconds, row.cost,
                ]
                lines.append((prefix + [quoted(contender)] + numbers.map(text)).joined(separator: ","))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every point of every trial's curve, as trained in one simulated sweep.
    public static func curves(_ outcome: SimulationOutcome, configurations: [String]) -> String {
        let lines = outcome.points.map { point in
            let place = Int(point.trial.rawValue) - 1
            let name = configurations.indices.contains(place) ? configurations[place] : ""
            return "\(point.trial),\(quoted(name)),\(point.step),\(text(point.seconds)),\(text(point.objective))"
        }
        return (["trial,config,step,seconds,objective"] + lines).joined(separator: "\n") + "\n"
    }

    /// Who held how many slots from when to when.
    public static func slots(_ outcome: SimulationOutcome, _ setup: SimulationSetup) -> String {
        let lines = outcome.attempts.sorted { ($0.startedAt, $0.attempt) < ($1.startedAt, $1.attempt) }.map {
            let (begin, end) = ($0.startedAt.seconds(since: setup.start), $0.endedAt!.seconds(since: setup.start))
            return "\($0.attempt.trial),\($0.attempt.number),\($0.slots.count),\(text(begin)),\(text(end))"
        }
        return (["trial,attempt,slots,begin_s,end_s"] + lines).joined(separator: "\n") + "\n"
    }

    static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(format: "%.6g", value)
    }

    static func quoted(_ text: String) -> String {
        text.contains(",") || text.contains("\"")
            ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
    }
}
