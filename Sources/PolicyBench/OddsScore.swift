import CurveReplay
import Foundation
import HyperSchedProtocol
import Scheduler
import Simulator

/// Scores the odds that the deadline policy gives, at several moments of simulated sweeps, against what each trial's
/// recorded run would really have reached with the slots that it held.
struct OddsScore {
    private struct Sample {
        let covered: Bool
        let probability: Double
        let reached: Bool
    }

    private let tables: [CurveTable]
    private let cells: [ReplayCell]
    private static let moments = [0.2, 0.4, 0.6, 0.8]

    init(_ options: BenchOptions) throws {
        tables = try options.tables()
        cells = try options.cells()
    }

    var text: String {
        var lines = ["table              forecasts  80% interval covers  Brier   base rate's Brier"]
        for table in tables {
            let samples = cells.filter { $0.table.name == table.name }.flatMap(samples)
            let count = Double(max(1, samples.count))
            let covered = Double(samples.filter(\.covered).count) / count
            let rate = Double(samples.filter(\.reached).count) / count
            let brier = samples.map { pow($0.probability - ($0.reached ? 1 : 0), 2) }.reduce(0, +) / count
            lines.append(
                table.name + String(repeating: " ", count: max(1, 19 - table.name.count))
                    + String(
                        format: "%8d  %.3f                %.4f  %.4f", samples.count, covered, brier,
                        rate * (1 - rate)))
        }
        return lines.joined(separator: "\n")
    }

    private func samples(_ cell: ReplayCell) -> [Sample] {
        let pool = cell.pool
        var setup = cell.setup(pool)
        setup.spec.policy = .deadline(DeadlineOptions())
        // A target that about one run in four reaches in the time.
        let values = pool.map { KnownCurves.best(of: $0, slots: 1, in: setup) ?? cell.table.worst }.sorted()
        let target = values[values.count * 3 / 4]
        var simulation = SweepSimulation(setup)
        var result: [Sample] = []
        for moment in Self.moments {
            let now = setup.start.advanced(bySeconds: moment * cell.deadlineSeconds)
            while simulation.now < now, simulation.step() {}
            for lease in simulation.state.leases where lease.goal == .run {
                guard let trial = simulation.state.trial(lease.attempt.trial),
                    let odds = simulation.state.odds(of: trial.id, target: target, at: simulation.now)
                else { continue }
                let final = reached(cell, pool[trial.index], trial, lease, simulation.now)
                let slack = 1e-9 * abs(final)
                result.append(
                    Sample(
                        covered: odds.interval.lowerBound - slack <= final && final <= odds.interval.upperBound + slack,
                        probability: odds.reachesTarget!, reached: final >= target))
            }
        }
        return result
    }

    /// Best value at the deadline if the trial keeps its slots.
    private func reached(
        _ cell: ReplayCell, _ run: SimulatedTrial, _ trial: TrialRecord, _ lease: LeaseRecord, _ now: Timestamp
    ) -> Double {
        var best = trial.bestScore!
        var time = max(lease.lastReportAt, lease.startedAt).seconds(since: now)
        let left =
            cell.deadlineSeconds - cell.stopSeconds
            - now.seconds(since: ClusterSimulationSetup.defaultStart)
        let speed = cell.scaling.model.speed(slots: lease.slots.count)
        for step in trial.lastStep..<max(trial.lastStep, run.objective.count) {
            time += run.stepSeconds[step] / speed
            guard time <= left, run.objective[step].isFinite else { break }
            best = max(best, run.objective[step])
        }
        return best
    }
}
