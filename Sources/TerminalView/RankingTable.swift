import HyperSchedProtocol

/// The ranking of a sweep as a table.
public struct RankingTable: Sendable {
    private static let curveWidth = 16
    /// Columns that a configuration needs to be of use.
    private static let leastConfiguration = 16
    /// Below this the metric's name is cut short in favour of the forecasts.
    private static let comfortable = 100

    private struct Column {
        let title: String
        var isNumeric = false
        let cells: [String]
        /// In so few columns of the terminal it is of use, cut off.
        var least: Int?

        var width: Int { ([title] + cells).map(CellText.width).max() ?? 0 }
    }

    private let snapshot: SweepSnapshot
    /// Whether there is anything to draw curves of.
    private let hasCurves: Bool

    public init(_ snapshot: SweepSnapshot) {
        self.snapshot = snapshot
        hasCurves = !snapshot.curves.isEmpty
    }

    /// - Parameter height: trials at most.
    public func lines(width: Int, height: Int) -> [StyledLine] {
        let trials = Array(snapshot.ranking.prefix(max(height, 0)))
        guard !trials.isEmpty else { return [StyledLine("no trial yet", .faint)] }
        let columns = columns(trials, width: width)
        var table = TextTable(columns.map { .init(title: $0.title, isNumeric: $0.isNumeric) })
        for (row, trial) in trials.enumerated() {
            let style = trial.rank == 1 && trial.objective != nil ? .strong : trial.state.style
            table.add(columns.map { $0.cells[row] }, style: style)
        }
        return table.lines(width: width)
    }

    /// Without forecasts all columns, the last ones cut off. With forecasts those that fit, the most telling first.
    private func columns(_ trials: [RankedTrial], width: Int) -> [Column] {
        let (curve, configuration) = (hasCurves ? [curve(trials)] : [], configuration(trials))
        guard trials.contains(where: { $0.forecast != nil }) else { return head(trials) + curve + [configuration] }
        let head = head(trials, titleWidth: width < Self.comfortable ? 12 : 24)
        var left = width - head.reduce(0) { $0 + $1.width + 2 }
        func fitting(_ columns: [Column]) -> [Column] {
            columns.filter { column in
                let needed = min(column.width, column.least ?? .max) + 2
                // The last column has no gap after it.
                guard needed - 2 <= left else { return false }
                left -= needed
                return true
            }
        }
        let forecast = fitting([expected(trials)]) + fitting(target(trials))
        let last = fitting([configuration])
        let effect = fitting([effect(trials)])
        return head + forecast + effect + fitting(curve) + last
    }

    private func head(_ trials: [RankedTrial], titleWidth: Int = 24) -> [Column] {
        let spec = snapshot.sweep.spec
        return [
            Column(title: "rank", isNumeric: true, cells: trials.map { $0.objective == nil ? "-" : "\($0.rank)" }),
            Column(title: "trial", isNumeric: true, cells: trials.map { "\($0.trial)" }),
            Column(title: "state", cells: trials.map(\.state.rawValue)),
            Column(title: "slots", isNumeric: true, cells: trials.map { $0.slots == 0 ? "-" : "\($0.slots)" }),
            Column(
                title: CellText.clip(CellText.clean(spec.steps.reportedUnit), to: 10), isNumeric: true,
                cells: trials.map { "\($0.lastStep)" }),
            Column(
                title: CellText.clip(CellText.clean(spec.metric.name), to: titleWidth), isNumeric: true,
                cells: trials.map { $0.objective.map { ValueText.number($0) } ?? "-" }),
        ]
    }

    private func expected(_ trials: [RankedTrial]) -> Column {
        Column(
            title: "at the deadline", cells: trials.map { $0.forecast.map { ForecastText.range($0.range) } ?? "-" })
    }

    private func target(_ trials: [RankedTrial]) -> [Column] {
        guard let target = snapshot.sweep.spec.metric.target else { return [] }
        let cells = trials.map { $0.forecast?.reachesTarget.map(ForecastText.percent) ?? "-" }
        return [Column(title: "P(\(ValueText.number(target)))", isNumeric: true, cells: cells)]
    }

    private func effect(_ trials: [RankedTrial]) -> Column {
        Column(title: "±2 slots", isNumeric: true, cells: trials.map { $0.forecast.map(ForecastText.effect) ?? "-" })
    }

    private func curve(_ trials: [RankedTrial]) -> Column {
        let scale = snapshot.scale(of: trials)
        return Column(
            title: CellText.pad("curve", to: Self.curveWidth),
            cells: trials.map { scale.text(snapshot.points(of: $0.trial), width: Self.curveWidth) })
    }

    private func configuration(_ trials: [RankedTrial]) -> Column {
        let hidden = ValueText.fixedNames(snapshot.sweep.spec)
        return Column(
            title: "configuration", cells: trials.map { ValueText.configuration($0.configuration, hidden: hidden) },
            least: Self.leastConfiguration)
    }
}
