import Foundation
import HyperSchedProtocol
import Scheduler
import Simulator
import Synchronization

/// Scores the forecasts of whole sweeps, written down and scored by the code that a daemon scores them with: of each
/// policy, once without a target (a ladder of values) and once with one.
struct SweepOddsScore {
    let options: BenchOptions

    init(_ options: BenchOptions) { self.options = options }

    var text: String {
        let header = "table              policy          kind    at  forecasts  none  80% covers  worse  Brier   base rate's"
        return ([header] + options.policies.flatMap(lines)).joined(separator: "\n")
    }

    private func lines(_ policy: Contender) -> [String] {
        let cells = options.cells
        let results = Mutex([(ladder: ForecastScoring.Case, target: ForecastScoring.Case)?](
            repeating: nil, count: cells.count))
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: options.threads) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < cells.count else { return }
                let result = run(cells[index], policy)
                results.withLock { $0[index] = result }
            }
        }
        let cases = results.withLock { $0 }
        let names = options.tables.map(\.name) + (options.tables.count > 1 ? ["ALL"] : [])
        return names.flatMap { name in
            let some = cells.indices.filter { name == "ALL" || cells[$0].table.name == name }.compactMap { cases[$0] }
            return rows(name, policy.name, "ladder", some.map(\.ladder))
                + rows(name, policy.name, "target", some.map(\.target))
        }
    }

    private func run(
        _ cell: Cell, _ policy: Contender
    ) -> (ladder: ForecastScoring.Case, target: ForecastScoring.Case) {
        let pool = cell.pool
        let setup = cell.setup(policy.spec(cell), pool: pool)
        let ladder = SweepSimulation.run(setup).foretold(setup.spec)
        // What the same sweep reaches with other configurations: it is reached about every other time.
        var other = cell
        other.seed += 1_000_000
        let rival = SweepSimulation.run(other.setup(policy.spec(other), pool: other.pool))
        var aimed = setup
        aimed.spec.metric.target = rival.best ?? cell.table.floor
        return (ladder, SweepSimulation.run(aimed).foretold(aimed.spec))
    }

    private func rows(_ table: String, _ policy: String, _ kind: String, _ cases: [ForecastScoring.Case]) -> [String] {
        let calibration = ForecastScoring.calibration(of: cases)
        return (calibration.rows + [calibration.all]).enumerated().map { index, row in
            let title = index == calibration.rows.count ? "all" : row.percent.map { "\($0)%" } ?? "moved"
            let names = [(table, 19), (policy, 16), (kind, 8)].map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            return names.joined()
                + String(
                    format: "%4@  %9d  %4d  %.3f       %.3f  %.4f  %.4f", title as NSString, row.forecasts, row.missing,
                    row.coverage ?? .nan, row.worse ?? .nan, row.brier ?? .nan, row.baseRateBrier ?? .nan)
        }
    }
}
