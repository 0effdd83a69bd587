import Foundation
public import HyperSchedProtocol
import Pictures
import TerminalView

/// `/trials/{id}`: what it is, how it went, why it was treated so, what it printed.
public struct TrialPage: PageView {
    static let template = "trial"

    /// What the page is made of.
    public struct Content {
        public var trial: TrialDetail
        public var sweep: SweepSummary
        /// In the order of arrival.
        public var curve: [CurvePoint]
        /// Oldest first.
        public var decisions: [Decision]
        /// The end of what it has printed.
        public var log: String
        /// The metric to draw; nil: the sweep's.
        public var metric: String?

        public init(
            trial: TrialDetail, sweep: SweepSummary, curve: [CurvePoint], decisions: [Decision], log: String,
            metric: String?
        ) {
            self.trial = trial
            self.sweep = sweep
            self.curve = curve
            self.decisions = decisions
            self.log = log
            self.metric = metric
        }
    }

    struct Choice {
        let trial: String
        let name: String
        let query: String
        let isChosen: Bool
    }

    struct Attempt {
        let number: String
        let agent: String
        let slots: String
        let from: String
        let length: String
        let end: String

        init(_ attempt: AttemptRecord, since start: Timestamp, now: Timestamp) {
            number = "\(attempt.attempt.number)"
            agent = attempt.agent.description
            slots = "\(attempt.slots.count)"
            from = "+" + ValueText.duration(attempt.startedAt.seconds(since: start))
            length = ValueText.duration((attempt.endedAt ?? now).seconds(since: attempt.startedAt))
            let status = attempt.exitCode.map { " \($0)" } ?? attempt.signal.map { " signal \($0)" } ?? ""
            end = attempt.outcome.map { $0.rawValue + status + (attempt.message.map { ": \($0)" } ?? "") } ?? "running"
        }
    }

    let title: String
    let isLive: Bool
    let isSweeps = true
    let id: String
    let sweep: String
    let sweepName: String
    let state: String
    let stateText: String
    let stateReason: String?
    let rank: String
    let metric: String
    let objective: String
    let objectiveStep: String
    let step: String
    let unit: String
    let trained: String
    let slots: String
    let expected: String?
    let hasMetrics: Bool
    let metrics: [Choice]
    let picture: String
    let parameters: [NamedText]
    let seed: String
    let lineage: String?
    let checkpoint: String?
    let attempts: [Attempt]
    let decisions: [DecisionRow]
    let log: String?

    public init(_ content: Content) {
        let (trial, summary) = (content.trial, content.sweep)
        let ranked = trial.ranked
        isLive = !ranked.state.isTerminal && !summary.state.isTerminal
        title = "Trial \(ranked.trial)"
        id = ranked.trial.description
        sweep = summary.id.description
        sweepName = summary.name
        state = ranked.state.rawValue
        stateText = StateText.words(state)
        stateReason = trial.stateReason
        rank = ranked.objective == nil ? "none yet" : "\(ranked.rank)"
        metric = summary.spec.metric.name
        objective = ranked.objective.map { ValueText.number($0) } ?? "none yet"
        objectiveStep = ranked.objectiveStep.map { "at \(summary.spec.steps.reportedUnit) \($0)" } ?? ""
        step = "\(ranked.lastStep)"
        unit = summary.spec.steps.reportedUnit
        trained = ValueText.duration(trial.trainedSeconds)
        slots = "\(ranked.slots)"
        expected = ranked.forecast.map { ForecastText.range($0.range) }
        let chosen = content.metric ?? summary.spec.metric.name
        metrics = Self.choices(trial, chosen: chosen)
        hasMetrics = metrics.count > 1
        picture = CurvePlot(content.curve, of: chosen, unit: unit, attempts: trial.attempts).svg
        parameters = ranked.configuration.entries.map { NamedText(name: $0.name, value: $0.value.text) }
        seed = "\(trial.seed)"
        lineage = trial.lineage.map { "trial \($0.parent)" }
        checkpoint = ranked.bestCheckpoint.map { "after \($0.step), \(ValueText.bytes($0.size))" }
        attempts = trial.attempts.map { Attempt($0, since: summary.createdAt, now: summary.answeredAt) }
        decisions = content.decisions.map { DecisionRow($0, since: summary.createdAt) }
        log = content.log.isEmpty ? nil : content.log
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }

    private static func choices(_ trial: TrialDetail, chosen: String) -> [Choice] {
        trial.metricNames.sorted().map { name in
            Choice(
                trial: trial.ranked.trial.description, name: name,
                query: name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "",
                isChosen: name == chosen)
        }
    }
}
