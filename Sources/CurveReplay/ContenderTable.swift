import Foundation

/// One line per contender: best at the deadline, regret, trials, slots held, restarts, each with its standard error.
public struct ContenderTable: Sendable {
    let results: ReplayResults

    public init(_ results: ReplayResults) { self.results = results }

    public var lines: [String] {
        let head = ["policy", "best at deadline", "regret", "trials", "slots held", "restarts"]
        let rows = results.contenders.indices.map(row)
        let widths = head.indices.map { column in ([head[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0 }
        return ([head] + rows).map { row in
            row.indices.map { pad(row[$0], widths[$0], right: $0 > 0) }.joined(separator: "   ")
        }
    }

    private func row(_ contender: Int) -> [String] {
        let all = Array(results.cells.indices)
        func text(_ format: String, _ errorFormat: String, _ value: (SweepMeasurement) -> Double) -> String {
            let (mean, error) = results.mean(contender, over: all, value)
            return String(format: format, mean) + (all.count > 1 ? " ± " + String(format: errorFormat, error) : "")
        }
        return [
            results.contenders[contender], text("%.5g", "%.2g", \.best), text("%.3f", "%.3f", \.regret),
            text("%.1f", "%.1f") { Double($0.started) }, text("%.1f %%", "%.1f") { 100 * $0.utilization },
            text("%.1f", "%.1f") { Double($0.restarts) },
        ]
    }

    private func pad(_ text: String, _ width: Int, right: Bool) -> String {
        let space = String(repeating: " ", count: width - text.count)
        return right ? space + text : text + space
    }
}
