public import HyperSchedProtocol
import TerminalView

/// `/`: all sweeps, newest first.
public struct SweepsPage: PageView {
    static let template = "sweeps"

    struct Row {
        let id: String
        let name: String
        let state: String
        let stateText: String
        let isRunning: Bool
        let deadline: String
        let timeLeft: String
        let metric: String
        let best: String?
        let expected: String
        let odds: String
        let slots: String
        let trials: String

        init(_ sweep: SweepSummary) {
            id = sweep.id.description
            name = sweep.name
            state = sweep.stateText
            stateText = StateText.words(state)
            isRunning = !sweep.state.isTerminal
            deadline = sweep.spec.deadline.rfc3339
            timeLeft = isRunning ? sweep.timeLeftText : deadline
            metric = sweep.spec.metric.name
            best = sweep.best?.objective.map { ValueText.number($0) }
            expected = sweep.forecast?.range.map(ForecastText.range) ?? ""
            odds = sweep.forecast?.reachesTarget.map(ForecastText.percent) ?? ""
            slots = isRunning ? "\(sweep.slotsHeld) of \(sweep.slotsUsable)" : ""
            trials = sweep.trialCounts
        }
    }

    let title = "Sweeps"
    let isLive = true
    let isSweeps = true
    let isEmpty: Bool
    let rows: [Row]
    let next: String?

    /// - Parameter next: the cursor of the page of older sweeps; nil: this is the last one.
    public init(_ sweeps: [SweepSummary], next: String?) {
        rows = sweeps.map(Row.init)
        isEmpty = rows.isEmpty
        self.next = next
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }
}

/// Names of states for people.
enum StateText {
    static func words(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
}
