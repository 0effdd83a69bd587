import HyperSchedProtocol

/// The ranking of a sweep as a table.
public struct RankingTable: Sendable {
    private static let curveWidth = 16

    private let snapshot: SweepSnapshot
    /// Whether there is anything to draw curves of.
    private let hasCurves: Bool

    public init(_ snapshot: SweepSnapshot) {
        self.snapshot = snapshot
        hasCurves = !snapshot.curves.isEmpty
    }

    /// - Parameter height: trials at most.
    public func lines(width: Int, height: Int) -> [StyledLine] {
        let spec = snapshot.sweep.spec
        let trials = Array(snapshot.ranking.prefix(max(height, 0)))
        guard !trials.isEmpty else { return [StyledLine("no trial yet", .faint)] }
        let scale = snapshot.scale(of: trials)
        let hidden = ValueText.fixedNames(spec)
        var table = TextTable(columns(spec))
        for trial in trials {
            var cells = [
                trial.objective == nil ? "-" : "\(trial.rank)", "\(trial.trial)", trial.state.rawValue,
                trial.slots == 0 ? "-" : "\(trial.slots)", "\(trial.lastStep)",
                trial.objective.map { ValueText.number($0) } ?? "-",
            ]
            if hasCurves { cells.append(scale.text(snapshot.points(of: trial.trial), width: Self.curveWidth)) }
            cells.append(ValueText.configuration(trial.configuration, hidden: hidden))
            table.add(cells, style: trial.rank == 1 && trial.objective != nil ? .strong : trial.state.style)
        }
        return table.lines(width: width)
    }

    private func columns(_ spec: SweepSpec) -> [TextTable.Column] {
        let head: [TextTable.Column] = [
            .init(title: "rank", isNumeric: true), .init(title: "trial", isNumeric: true), .init(title: "state"),
            .init(title: "slots", isNumeric: true),
            .init(title: CellText.clip(CellText.clean(spec.steps.unit), to: 10), isNumeric: true),
            .init(title: CellText.clip(CellText.clean(spec.metric.name), to: 24), isNumeric: true),
        ]
        let curve = hasCurves ? [TextTable.Column(title: CellText.pad("curve", to: Self.curveWidth))] : []
        return head + curve + [.init(title: "configuration")]
    }
}
