public import HyperSchedProtocol
public import Pictures
import TerminalView

/// `/sweeps/{id}`: will it make the deadline, who leads, who holds the slots, and why.
public struct SweepPage: PageView {
    static let template = "sweep"

    /// What the page is made of.
    public struct Content {
        public var sweep: SweepSummary
        public var ranking: Page<RankedTrial>
        /// Latest first.
        public var decisions: [Decision]
        public var picture: SweepPicture
        /// Trials whose curves are not in the picture.
        public var hiddenCurves: Int

        public init(
            sweep: SweepSummary, ranking: Page<RankedTrial>, decisions: [Decision], picture: SweepPicture,
            hiddenCurves: Int
        ) {
            self.sweep = sweep
            self.ranking = ranking
            self.decisions = decisions
            self.picture = picture
            self.hiddenCurves = hiddenCurves
        }
    }

    struct Row {
        let rank: String
        let id: String
        let state: String
        let stateText: String
        let objective: String
        let sparkline: String
        let step: String
        let slots: String
        let expected: String
        let configuration: String
        let reason: String
    }

    let title: String
    let isLive: Bool
    let isSweeps = true
    /// No link leads to the daemon.
    let isFile: Bool
    let id: String
    let name: String
    let state: String
    let stateText: String
    let stateReason: String?
    let warnings: [String]
    let isRunning: Bool
    let timeLeft: String
    let took: String
    let deadline: String
    let metric: String
    let unit: String
    let best: String?
    let bestTrial: String
    let bestStep: String
    let expected: String?
    let target: String
    let odds: String?
    let slotsHeld: Int
    let slotsUsable: Int
    let share: String?
    let budget: String?
    let trialCount: Int
    let trials: String
    let picture: String
    let thinned: String?
    let rows: [Row]
    let next: String?
    let decisions: [DecisionRow]

    public init(_ content: Content) { self.init(content, isFile: false) }

    init(_ content: Content, isFile: Bool) {
        self.isFile = isFile
        let sweep = content.sweep
        isRunning = !sweep.state.isTerminal
        isLive = isRunning
        title = sweep.name
        id = sweep.id.description
        name = sweep.name
        state = sweep.stateText
        stateText = StateText.words(state)
        stateReason = sweep.stateReason
        warnings = sweep.obstacleTexts + sweep.warnings
        timeLeft = sweep.timeLeftText
        took = sweep.endedAt.map { ValueText.duration($0.seconds(since: sweep.createdAt)) } ?? ""
        deadline = sweep.spec.deadline.rfc3339
        metric = sweep.spec.metric.name
        unit = sweep.spec.steps.reportedUnit
        best = sweep.best?.objective.map { ValueText.number($0) }
        bestTrial = sweep.best?.trial.description ?? ""
        bestStep = sweep.best?.objectiveStep.map { "at \(sweep.spec.steps.reportedUnit) \($0)" } ?? ""
        expected = sweep.forecast?.range.map(ForecastText.range)
        target = sweep.spec.metric.target.map { ValueText.number($0) } ?? ""
        odds = sweep.forecast?.reachesTarget.map(ForecastText.percent)
        slotsHeld = sweep.slotsHeld
        slotsUsable = max(sweep.slotsUsable, sweep.slotsHeld)
        share = ShareText.share(sweep)
        budget = ShareText.budget(sweep)
        trialCount = sweep.trials.values.reduce(0, +)
        trials = sweep.trialCounts
        picture = SweepPlot(content.picture, title: "").svg
        thinned = content.hiddenCurves > 0 ? "\(content.hiddenCurves) curves of lower rank are not drawn." : nil
        rows = Self.rows(content)
        next = content.ranking.nextCursor
        decisions = content.decisions.map { DecisionRow($0, since: sweep.createdAt) }
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }

    /// Where seconds are counted, nobody knows how many steps there will be.
    private static func maxStep(_ content: Content) -> Int {
        let steps = content.sweep.spec.steps
        return steps.isTimed ? max(1, content.ranking.items.map(\.lastStep).max() ?? 1) : steps.max
    }

    private static func rows(_ content: Content) -> [Row] {
        let fixed = ValueText.fixedNames(content.sweep.spec)
        let sparklines = Sparklines(content.picture.curves, maxStep: maxStep(content))
        return content.ranking.items.map { trial in
            Row(
                rank: trial.objective == nil ? "" : "\(trial.rank)", id: trial.trial.description,
                state: trial.state.rawValue, stateText: StateText.words(trial.state.rawValue),
                objective: trial.objective.map { ValueText.number($0) } ?? "",
                sparkline: sparklines.svg(trial.trial), step: "\(trial.lastStep)",
                slots: trial.slots > 0 ? "\(trial.slots)" : "",
                expected: trial.forecast.map { ForecastText.range($0.range) } ?? "",
                configuration: ValueText.configuration(trial.configuration, hidden: fixed),
                reason: trial.reason ?? "")
        }
    }
}

/// One decision as a line of a page.
struct DecisionRow {
    let time: String
    let kind: String
    let trial: String?
    let text: String
    /// The rule and its numbers.
    let numbers: String

    init(_ decision: Decision, since start: Timestamp) {
        time = "+" + ValueText.duration(decision.at.seconds(since: start))
        kind = decision.kind.rawValue
        trial = decision.trial?.description
        text = decision.reason.text
        let values = decision.reason.numbers.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(ValueText.number($0.value.number))"
        }
        numbers = (["rule \(decision.reason.rule)"] + values).joined(separator: "  ")
    }
}
