public import HyperSchedProtocol
import TerminalView

/// A sweep as one HTML file that needs nothing else: to keep, or to send to somebody.
public struct ReportPage: PageView {
    static let template = "report"

    struct Winner {
        let trial: String
        let facts: [NamedText]
        let parameters: [NamedText]

        init(_ trial: TrialDetail, _ sweep: SweepSummary) {
            let ranked = trial.ranked
            self.trial = ranked.trial.description
            parameters = ranked.configuration.entries.map { NamedText(name: $0.name, value: $0.value.text) }
            let unit = sweep.spec.steps.reportedUnit
            let objective = ranked.objective.map { ValueText.number($0) } ?? "none"
            facts = [
                NamedText(
                    name: sweep.spec.metric.name,
                    value: objective + (ranked.objectiveStep.map { " at \(unit) \($0)" } ?? "")),
                NamedText(
                    name: "trained",
                    value: "\(ValueText.duration(trial.trainedSeconds)), to \(unit) \(ranked.lastStep), in "
                        + "\(trial.attempts.count) attempts"),
                NamedText(name: "seed", value: "\(trial.seed)"),
                NamedText(
                    name: "best checkpoint",
                    value: ranked.bestCheckpoint.map {
                        "step \($0.step), SHA-256 \($0.sha256): hypersched best \(sweep.id) --to DIRECTORY"
                    } ?? "none was kept"),
            ]
        }
    }

    let title: String
    let style: String
    let sweep: SweepPage
    let winner: Winner?
    let run: [NamedText]
    let footer: String

    /// - Parameters:
    ///   - content: the ranking from its first trial on.
    ///   - winner: the best trial; nil: none has reported the metric.
    ///   - now: when this was written.
    public init(_ content: SweepPage.Content, winner: TrialDetail?, at now: Timestamp) {
        let summary = content.sweep
        title = "Sweep \(summary.id): \(summary.name)"
        style = DashboardAsset(named: "style.css").map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        sweep = SweepPage(content, isFile: true)
        self.winner = winner.map { Winner($0, summary) }
        run = Self.run(summary)
        footer = "Written by HyperSchedd \(ProductVersion.current) at \(now.rfc3339)."
    }

    /// Nobody can act in a file.
    public var html: String { PageLibrary.shared.html(self, for: .guest) }

    private static func run(_ sweep: SweepSummary) -> [NamedText] {
        let spec = sweep.spec
        let program =
            switch spec.program {
            case .workload(let name): "workload \(name)"
            case .command(let words): words.joined(separator: " ")
            }
        return [
            NamedText(name: "program", value: program),
            NamedText(
                name: "search",
                value: "\(spec.method.rawValue) over "
                    + spec.parameters.map(\.name).filter { !ValueText.fixedNames(spec).contains($0) }
                    .joined(separator: ", ")),
            NamedText(
                name: "policy",
                value: "\(spec.policy.name), \(spec.steps.unit) \(spec.steps.min) to \(spec.steps.max)"),
            NamedText(name: "goal", value: "\(spec.metric.goal.rawValue) \(spec.metric.name)"),
            NamedText(name: "submitted", value: sweep.createdAt.rfc3339),
            NamedText(name: "deadline", value: spec.deadline.rfc3339),
            NamedText(name: "ended", value: sweep.endedAt?.rfc3339 ?? "not yet"),
            NamedText(name: "seed", value: "\(spec.seed)"),
            NamedText(name: "slot hours", value: sweep.slotHoursUsed.map { ValueText.number($0) } ?? "unknown"),
        ]
    }
}
