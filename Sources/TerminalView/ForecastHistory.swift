public import HyperSchedProtocol

/// The forecasts of one sweep that were written down, and what came of them.
public enum ForecastHistory {
    public static func lines(_ forecasts: [ScoredForecast], metric: Metric, width: Int) -> [StyledLine] {
        guard !forecasts.isEmpty else { return [StyledLine("none was written down yet", .faint)] }
        let isOver = forecasts.contains { $0.score != nil || $0.unscored != nil }
        let hasRemarks = isOver || forecasts.contains { $0.record.forecast.range == nil }
        var table = TextTable(columns(metric, isOver, hasRemarks))
        for forecast in forecasts {
            let record = forecast.record
            var cells = [moment(record), record.forecast.range.map(ForecastText.range) ?? "none"]
            if metric.target != nil { cells.append(record.forecast.reachesTarget.map(ForecastText.percent) ?? "-") }
            if isOver { cells.append(forecast.score.map { ForecastText.brier($0.brier) } ?? "-") }
            if hasRemarks { cells.append(remark(forecast)) }
            table.add(cells, style: style(forecast))
        }
        return table.lines(width: width)
    }

    private static func columns(_ metric: Metric, _ isOver: Bool, _ hasRemarks: Bool) -> [TextTable.Column] {
        let target = metric.target.map { [TextTable.Column(title: "P(\(ValueText.number($0)))", isNumeric: true)] }
        let brier = isOver ? [TextTable.Column(title: "Brier", isNumeric: true)] : []
        let remark = hasRemarks ? [TextTable.Column(title: isOver ? "what came of it" : "")] : []
        return [.init(title: "at", isNumeric: true), .init(title: "expected best (80 %)")] + (target ?? []) + brier
            + remark
    }

    private static func moment(_ record: ForecastRecord) -> String {
        record.occasion == .extended ? "moved, \(record.percent) %" : "\(record.percent) %"
    }

    private static func remark(_ forecast: ScoredForecast) -> String {
        if let why = forecast.record.forecast.missing { return why }
        if let why = forecast.unscored { return "not scored: \(why)" }
        guard let score = forecast.score else { return "" }
        let target = score.reached.map { $0 ? ", target reached" : ", target missed" } ?? ""
        let place = score.covered ? "covered" : score.worse ? "worse" : "better"
        return "\(ValueText.number(score.outcome)), \(place)\(target)"
    }

    private static func style(_ forecast: ScoredForecast) -> StyledLine.Style {
        guard let score = forecast.score else { return forecast.record.forecast.range == nil ? .faint : .plain }
        return score.covered ? .good : .warning
    }
}
