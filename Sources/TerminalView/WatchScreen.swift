import HyperSchedProtocol

/// The live view of a sweep, made to fit the terminal.
public struct WatchScreen: Sendable {
    private static let decisionCount = 3
    private static let warningCount = 2
    /// Lines of the picture of slots that are no trial, a blank one below it included.
    private static let pictureFrame = 5
    private static let smallestPicture = 3
    /// The widest that a bar of slots may be.
    private static let barWidth = 40

    private let snapshot: SweepSnapshot
    private let width: Int
    private let height: Int

    public init(_ snapshot: SweepSnapshot, width: Int, height: Int) {
        self.snapshot = snapshot
        self.width = max(width, 20)
        self.height = max(height, 8)
    }

    /// Trials that fit on a terminal of so many rows: more need not be asked for.
    public static func trialCount(height: Int) -> Int { max(height - 10, 1) }

    /// At most as many lines as the terminal has rows, none wider than it.
    public func lines() -> [StyledLine] {
        let head = header() + warnings()
        let foot = decisions() + [StyledLine("Ctrl-C leaves this view; the sweep goes on", .faint)]
        let room = height - head.count - foot.count - 3
        let picture = picture(room: room)
        let table = RankingTable(snapshot).lines(width: width, height: max(room - picture.count, 1))
        let lines = head + [""] + table + [""] + picture + foot
        return lines.prefix(height).map { $0.clipped(to: width) }
    }

    private var sweep: SweepSummary { snapshot.sweep }

    /// On a terminal that is tall enough: who held how many slots, of the best trials.
    private func picture(room: Int) -> [StyledLine] {
        let rows = min(room / 2 - Self.pictureFrame, snapshot.ranking.count)
        guard rows >= Self.smallestPicture, !snapshot.attempts.isEmpty else { return [] }
        let best = Set(snapshot.ranking.prefix(rows).map(\.trial))
        let picture = SlotPicture(sweep: sweep, attempts: snapshot.attempts, trials: best)
        return picture.lines(width: width, height: rows) + [""]
    }

    private func header() -> [StyledLine] {
        let title = StyledLine(sweep.name, .strong) + StyledLine("  sweep \(sweep.id)  ")
        let state = StyledLine(sweep.state.rawValue, sweep.stateStyle)
        let time = StyledLine("  \(sweep.timeLeftText)", sweep.timeLeftSeconds < 60 ? .warning : .strong)
        let deadline = StyledLine("  deadline \(sweep.spec.deadline.rfc3339)", .faint)
        let odds = ForecastText.sweep(sweep).map { [StyledLine("odds   ") + $0] } ?? []
        return [title + state + time + deadline, slots()] + ShareText.lines(sweep, width: width) + [leader()] + odds
    }

    private func slots() -> StyledLine {
        let usable = max(sweep.slotsUsable, sweep.slotsHeld)
        let cells = min(max(usable, 1), Self.barWidth)
        let filled = usable == 0 ? 0 : min((sweep.slotsHeld * cells + usable - 1) / usable, cells)
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: cells - filled)
        return StyledLine("slots  ") + StyledLine(bar, .good)
            + StyledLine(" \(sweep.slotsHeld) of \(usable) held   trials: \(sweep.trialCounts)")
    }

    private func leader() -> StyledLine {
        guard let best = sweep.best, let objective = best.objective else {
            return StyledLine("leader ") + StyledLine("none yet: no \(sweep.spec.metric.name) reported", .faint)
        }
        let step = best.objectiveStep.map { " at \(sweep.spec.steps.reportedUnit) \($0)" } ?? ""
        let target = sweep.spec.metric.target.map { ", target \(ValueText.number($0))" } ?? ""
        return StyledLine("leader ") + StyledLine("trial \(best.trial)", .strong)
            + StyledLine("  \(sweep.spec.metric.name) ") + StyledLine(ValueText.number(objective), .strong)
            + StyledLine("\(step)\(target)")
    }

    private func warnings() -> [StyledLine] {
        let reason = sweep.stateReason.map { [$0] } ?? []
        return (reason + sweep.warnings).prefix(Self.warningCount).map { StyledLine("! \($0)", .warning) }
    }

    private func decisions() -> [StyledLine] {
        snapshot.decisions.suffix(Self.decisionCount).map { DecisionText.line($0, since: sweep.createdAt) }
    }
}
