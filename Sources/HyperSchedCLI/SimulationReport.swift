import CurveReplay
import Foundation
import HyperSchedProtocol
import Pictures
import Simulator

/// What `hypersched simulate` prints and writes.
struct SimulationReport {
    let results: ReplayResults
    let contenders: [Contender]
    let recorded: RecordedSweep?

    private var cell: ReplayCell { results.cells[0] }

    // MARK: Text

    var text: String {
        let cost = results.cost
        let lines = [heading] + notes.map { "note: " + $0 } + [""] + ContenderTable(results).lines + [""]
        return
            (lines + [
                String(
                    format:
                        "%d simulated sweeps in %.1f s of processor time. Regret: 0 is the best trial with all slots "
                        + "from the start, 1 a random one alone.", cost.sweeps, cost.seconds)
            ]).joined(separator: "\n")
    }

    private var heading: String {
        let sweeps = results.cells.count
        return "\(cell.table.name): \(min(cell.trials, cell.table.runs.count)) of \(cell.table.runs.count) curves, "
            + "\(described); " + (sweeps == 1 ? "1 sweep" : "seeds 1 to \(sweeps)")
    }

    private var described: String {
        "deadline \(ReplayReport.duration(cell.deadlineSeconds)), \(cell.agentText) slots, "
            + "s(a) \(cell.scaling.name), start-up \(ReplayReport.duration(cell.startupSeconds))"
    }

    private var notes: [String] {
        guard let recorded else { return [] }
        var notes = recorded.notes
        if let best = recorded.best {
            notes.insert(String(format: "the recorded sweep reached %.5g", best), at: 0)
        }
        for (index, contender) in results.contenders.enumerated() {
            let made = results.rows.indices.count { isExtended(results.rows[$0][index], results.cells[$0], recorded) }
            if made > 0 {
                notes.append(
                    "\(contender): the best value of \(made) of \(results.rows.count) sweeps lies beyond what was "
                        + "recorded")
            }
            if results.rows.contains(where: { $0[index].started >= cell.table.runs.count }) {
                notes.append(
                    "\(contender): started every recorded configuration; the real sweep would have drawn new ones")
            }
        }
        return notes
    }

    private func isExtended(_ row: SweepMeasurement, _ cell: ReplayCell, _ recorded: RecordedSweep) -> Bool {
        guard let place = row.bestPlace, cell.drawn.indices.contains(place.run) else { return false }
        return place.step > recorded.recordedRows[cell.drawn[place.run]]
    }

    // MARK: JSON

    private struct Output: Encodable {
        struct Row: Encodable {
            let policy: String
            let best: Double
            let bestError: Double
            let regret: Double
            let regretError: Double
            let trials: Double
            let slotsHeld: Double
            let restarts: Double
        }

        let table: String
        let deadlineSeconds: Double
        let agents: [Int]
        let scaling: String
        let startupSeconds: Double
        let sweeps: Int
        let notes: [String]
        let policies: [Row]
    }

    var json: String {
        let all = Array(results.cells.indices)
        let rows = results.contenders.indices.map { index in
            let best = results.mean(index, over: all, \.best)
            let regret = results.mean(index, over: all, \.regret)
            return Output.Row(
                policy: results.contenders[index], best: best.mean, bestError: best.error, regret: regret.mean,
                regretError: regret.error, trials: results.mean(index, over: all) { Double($0.started) }.mean,
                slotsHeld: results.mean(index, over: all, \.utilization).mean,
                restarts: results.mean(index, over: all) { Double($0.restarts) }.mean)
        }
        return WireCoding.encodeText(
            Output(
                table: cell.table.name, deadlineSeconds: cell.deadlineSeconds, agents: cell.agents,
                scaling: cell.scaling.name, startupSeconds: cell.startupSeconds, sweeps: all.count, notes: notes,
                policies: rows))
    }

    // MARK: Files

    /// - Returns: the paths.
    func write(to directory: String) throws -> [String] {
        let folder = URL(fileURLWithPath: directory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            var files = [("measurements.csv", ReplayCSV.measurements(results)), ("comparison.svg", comparison)]
            for (index, contender) in contenders.enumerated() { files += pictures(of: contender, index) }
            return try files.map { name, text in
                let file = folder.appending(path: name)
                try Data(text.utf8).write(to: file, options: .atomic)
                return file.path
            }
        } catch {
            throw ReplayError("\(directory) can not be written: \(error.localizedDescription)", fix: "name another one")
        }
    }

    private var comparison: String {
        ComparisonPlot(results, title: cell.table.name, subtitle: described).svg
    }

    /// Of the first seed.
    private func pictures(of contender: Contender, _ index: Int) -> [(String, String)] {
        let (pool, drawn) = (cell.pool, cell.drawn)
        let setup = cell.setup(pool)
        let outcome = contender.run(setup)
        let names = drawn.map { cell.table.configurations[$0] }
        let row = results.rows[0][index]
        let subtitle =
            described + ", seed \(cell.seed): best \(String(format: "%.4g", row.best)), "
            + "\(row.started) trials, \(row.restarts) restarts, "
            + String(format: "%.0f %% of the slots held", 100 * row.utilization)
        let plot = SweepPlot(outcome, setup, title: "\(contender.name) on \(cell.table.name)", subtitle: subtitle) {
            let place = Int($0.rawValue) - 1
            return recorded != nil && names.indices.contains(place) ? "trial \(names[place])" : "trial \($0)"
        }
        let file = contender.name.map { $0.isLetter || $0.isNumber || "._=-".contains($0) ? String($0) : "_" }.joined()
        return [
            ("\(file).svg", plot.svg), ("\(file).curves.csv", ReplayCSV.curves(outcome, configurations: names)),
            ("\(file).slots.csv", ReplayCSV.slots(outcome, setup)),
        ]
    }
}
