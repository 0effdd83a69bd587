import CurveReplay
import Foundation
import HyperSchedProtocol
import Scheduler
import Simulator

/// Scores the forecasts of whole sweeps, written down and scored by the code that a daemon scores them with: of each
/// policy, once without a target (a ladder of values) and once with one.
struct SweepOddsScore {
    private let tables: [CurveTable]
    private let cells: [ReplayCell]
    private let contenders: [Contender]
    private let threads: Int
    /// A line for each forecast, with a heading.
    private(set) var csv =
        "table,policy,kind,seed,deadline_s,slots,scaling,percent,best,expected,low,high,p_target,"
        + "target,outcome,covered,worse,brier\n"

    init(_ options: BenchOptions) throws {
        tables = try options.tables()
        cells = try options.cells()
        // Baselines give no forecasts.
        contenders = try options.contenders().filter { if case .policy = $0.kind { true } else { false } }
        threads = options.threads
    }

    mutating func text() -> String {
        let header =
            "table              policy          kind    at  forecasts  none  80% covers  worse  Brier   base rate's"
        return ([header] + contenders.flatMap { lines($0) }).joined(separator: "\n")
    }

    private mutating func lines(_ policy: Contender) -> [String] {
        let cases = ReplayRun.map(cells, threads: threads) { [self] in run($0, policy) }
        for (cell, one) in zip(cells, cases) {
            csv += records(cell, policy.name, "ladder", one.ladder) + records(cell, policy.name, "target", one.target)
        }
        let names = tables.map(\.name) + (tables.count > 1 ? ["ALL"] : [])
        return names.flatMap { name in
            let some = cells.indices.filter { name == "ALL" || cells[$0].table.name == name }.map { cases[$0] }
            return rows(name, policy.name, "ladder", some.map(\.ladder))
                + rows(name, policy.name, "target", some.map(\.target))
        }
    }

    private func run(
        _ cell: ReplayCell, _ policy: Contender
    ) -> (ladder: ForecastScoring.Case, target: ForecastScoring.Case) {
        let setup = policy.asked(cell.setup(cell.pool))
        let ladder = SweepSimulation.run(setup).foretold(setup.spec)
        // What the same sweep reaches with other configurations: it is reached about every other time.
        var other = cell
        other.seed += 1_000_000
        let rival = SweepSimulation.run(policy.asked(other.setup(other.pool)))
        var aimed = setup
        aimed.spec.metric.target = rival.best ?? cell.table.worst
        return (ladder, SweepSimulation.run(aimed).foretold(aimed.spec))
    }

    private func records(_ cell: ReplayCell, _ policy: String, _ kind: String, _ one: ForecastScoring.Case) -> String {
        one.forecasts.compactMap { forecast -> String? in
            guard let range = forecast.record.forecast.range, let score = forecast.score else { return nil }
            let names = [cell.table.name, policy, kind, "\(cell.seed)", "\(cell.deadlineSeconds)"]
            let values: [Double?] = [
                forecast.record.best, range.expected, range.low, range.high, forecast.record.forecast.reachesTarget,
                forecast.record.target, score.outcome, score.covered ? 1 : 0, score.worse ? 1 : 0, score.brier,
            ]
            let rest = ["\(cell.agents.reduce(0, +))", cell.scaling.name, "\(forecast.record.percent)"]
            return (names + rest + values.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",") + "\n"
        }.joined()
    }

    private func rows(_ table: String, _ policy: String, _ kind: String, _ cases: [ForecastScoring.Case]) -> [String] {
        let calibration = ForecastScoring.calibration(of: cases)
        return (calibration.rows + [calibration.all]).enumerated().map { index, row in
            let title = index == calibration.rows.count ? "all" : row.percent.map { "\($0)%" } ?? "moved"
            let names = [(table, 19), (policy, 16), (kind, 8)].map {
                $0.padding(toLength: $1, withPad: " ", startingAt: 0)
            }
            return names.joined()
                + String(
                    format: "%4@  %9d  %4d  %.3f       %.3f  %.4f  %.4f", title as NSString, row.forecasts, row.missing,
                    row.coverage ?? .nan, row.worse ?? .nan, row.brier ?? .nan, row.baseRateBrier ?? .nan)
        }
    }
}
