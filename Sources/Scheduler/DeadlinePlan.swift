internal import HyperSchedProtocol
internal import RealModule

/// Who should hold how many units of slots from now to the deadline, so that the expected best score is as high as
/// possible: units are dealt one doubling at a time, each where the expected best grows most per unit.
struct DeadlinePlan {
    struct Share {
        let candidate: SweepForecaster.Candidate
        var units = 0
    }

    private(set) var shares: [Share]
    private(set) var unused: Int

    private static let points = 24
    /// Cumulative distribution of each share at the grid points.
    private var columns: [[Double]]
    private let grid: [Double]
    private let floor: Double

    /// - Parameter floor: the best score so far, which stays whatever happens.
    init(
        _ candidates: [SweepForecaster.Candidate], units: Int, limit: Int, floor: Double,
        forecast: (SweepForecaster.Candidate, Int) -> Forecast?
    ) {
        shares = candidates.map { Share(candidate: $0) }
        unused = units
        self.floor = floor
        var top = floor
        for candidate in candidates {
            if let f = forecast(candidate, limit) { top = max(top, f.mean + 2.5 * f.deviation) }
        }
        let width = max(top - floor, 1e-12)
        grid = (0..<Self.points).map { floor + width * (Double($0) + 0.5) / Double(Self.points) }
        let ones = grid.map { _ in 1.0 }
        columns = candidates.map { _ in ones }
        deal(limit: limit, forecast)
    }

    private static func below(_ x: Double, _ f: Forecast) -> Double {
        guard f.deviation > 0 else { return x >= f.mean ? 1 : 0 }
        return 1 / (1 + Double.exp(-1.702 * (x - f.mean) / f.deviation))
    }

    private mutating func deal(limit: Int, _ forecast: (SweepForecaster.Candidate, Int) -> Forecast?) {
        var next: [(units: Int, column: [Double])?] = shares.indices.map { step($0, limit, forecast) }
        var product = grid.map { _ in 1.0 }
        while unused > 0 {
            var (best, most) = (-1, 1e-9 * max(grid[grid.count - 1] - floor, 1e-12))
            for (index, option) in next.enumerated() {
                guard let option, option.units - shares[index].units <= unused else { continue }
                var gain = 0.0
                for point in grid.indices {
                    let others = columns[index][point] > 0 ? product[point] / columns[index][point] : 0
                    gain += product[point] - others * option.column[point]
                }
                let rate = gain / Double(option.units - shares[index].units)
                if rate > most { (best, most) = (index, rate) }
            }
            guard best >= 0, let option = next[best] else { return }
            for point in grid.indices {
                product[point] =
                    columns[best][point] > 0
                    ? product[point] / columns[best][point] * option.column[point] : 0
            }
            columns[best] = option.column
            unused -= option.units - shares[best].units
            shares[best].units = option.units
            next[best] = step(best, limit, forecast)
        }
    }

    /// The next larger size of a share and its distribution.
    private func step(
        _ index: Int, _ limit: Int, _ forecast: (SweepForecaster.Candidate, Int) -> Forecast?
    ) -> (units: Int, column: [Double])? {
        let units = min(limit, max(1, 2 * shares[index].units))
        guard units > shares[index].units, let f = forecast(shares[index].candidate, units) else { return nil }
        return (units, grid.map { max(1e-9, Self.below($0, f)) })
    }

    func units(of trial: TrialID) -> Int { shares.first { $0.candidate.trial == trial }?.units ?? 0 }
}
