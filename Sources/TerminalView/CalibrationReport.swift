public import HyperSchedProtocol

/// How far the forecasts of the sweeps that have ended can be trusted.
public enum CalibrationReport {
    /// With fewer sweeps than this, chance rules.
    private static let enoughSweeps = 20

    public static func lines(_ calibration: ForecastCalibration, width: Int) -> [StyledLine] {
        guard calibration.sweeps > 0 else {
            return [StyledLine("no sweep with a forecast has ended by itself yet", .faint)]
        }
        let count = calibration.sweeps == 1 ? "1 sweep that has" : "\(calibration.sweeps) sweeps that have"
        var lines = [
            StyledLine("forecasts of \(count) ended, \(calibration.sweepsWithTarget) with a target", .strong)
        ]
        lines += moments(calibration).lines(width: width) + [""] + probabilities(calibration).lines(width: width) + [""]
        lines += [
            StyledLine("in 80 %, worse: outcomes within and below the interval; 80 % and 10 % are right", .faint),
            StyledLine("Brier: 0 is best; base: the score of one who knows the other sweeps only", .faint),
        ]
        if calibration.sweeps < enoughSweeps {
            lines.append(StyledLine("fewer than \(enoughSweeps) sweeps: these figures are mostly chance", .warning))
        }
        return lines.map { $0.clipped(to: width) }
    }

    private static func moments(_ calibration: ForecastCalibration) -> TextTable {
        var table = TextTable([
            .init(title: "at", isNumeric: true), .init(title: "forecasts", isNumeric: true),
            .init(title: "none", isNumeric: true), .init(title: "in 80 %", isNumeric: true),
            .init(title: "worse", isNumeric: true),
            .init(title: "Brier", isNumeric: true), .init(title: "base", isNumeric: true),
        ])
        for row in calibration.rows { table.add(cells(row.percent.map { "\($0) %" } ?? "moved", row)) }
        table.add(cells("all", calibration.all), style: .strong)
        return table
    }

    private static func cells(_ title: String, _ row: ForecastCalibration.Row) -> [String] {
        [
            title, "\(row.forecasts)", "\(row.missing)", row.coverage.map(share) ?? "-",
            row.worse.map(share) ?? "-",
            row.brier.map(ForecastText.brier) ?? "-",
            row.baseRateBrier.map(ForecastText.brier) ?? "-",
        ]
    }

    private static func probabilities(_ calibration: ForecastCalibration) -> TextTable {
        var table = TextTable([
            .init(title: "P said", isNumeric: true), .init(title: "events", isNumeric: true),
            .init(title: "mean P", isNumeric: true), .init(title: "happened", isNumeric: true),
        ])
        for bin in calibration.bins {
            let title = "\(Int((100 * bin.low).rounded()))–\(share(bin.high))"
            table.add([title, "\(bin.events)", share(bin.probability), share(bin.reached)])
        }
        return table
    }

    /// A share that was counted, so 0 % and 100 % are what they say.
    private static func share(_ value: Double) -> String { "\(Int((100 * value).rounded())) %" }
}
