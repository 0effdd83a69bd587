import Foundation

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

    static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(format: "%.6g", value)
    }

    static func quoted(_ text: String) -> String {
        text.contains(",") || text.contains("\"")
            ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
    }
}
