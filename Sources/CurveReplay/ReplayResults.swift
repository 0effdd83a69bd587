/// All measurements of a run.
public struct ReplayResults: Sendable {
    public let cells: [ReplayCell]
    public let contenders: [String]
    public let scales: [RegretScale]
    /// Per cell, per contender.
    public let rows: [[SweepMeasurement]]

    /// Mean over some cells and standard error. Cells of one seed share its runs, so a seed counts as one draw: the
    /// error is that of the mean of the seeds' means.
    public func mean(_ contender: Int, over chosen: [Int], _ value: (SweepMeasurement) -> Double) -> (
        mean: Double, error: Double
    ) {
        let means = bySeed(chosen).map { cells in
            cells.reduce(0) { $0 + value(rows[$1][contender]) } / Double(cells.count)
        }
        let n = Double(means.count)
        let mean = means.reduce(0, +) / n
        let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
        return (mean, (variance / n).squareRoot())
    }

    /// Regret of one contender over that of another.
    public func ratio(_ contender: Int, to rival: Int, over chosen: [Int]) -> BootstrapRatio {
        let seeds = bySeed(chosen)
        func sums(_ contender: Int) -> [Double] {
            seeds.map { $0.reduce(0) { $0 + rows[$1][contender].regret } }
        }
        return BootstrapRatio(sums(contender), over: sums(rival))
    }

    /// The chosen cells of each seed, seeds in the order of their first cell.
    private func bySeed(_ chosen: [Int]) -> [[Int]] {
        var places: [UInt64: Int] = [:]
        var groups: [[Int]] = []
        for cell in chosen {
            let seed = cells[cell].seed
            if let place = places[seed] {
                groups[place].append(cell)
            } else {
                places[seed] = groups.count
                groups.append([cell])
            }
        }
        return groups
    }

    /// Simulated sweeps and their processor seconds.
    public var cost: (sweeps: Int, seconds: Double) {
        let all = rows.joined()
        return (all.count, all.reduce(0) { $0 + $1.cost })
    }
}
