public import HyperSchedProtocol

/// One trial in full.
public enum TrialCard {
    public static func lines(_ trial: TrialDetail, width: Int) -> [StyledLine] {
        let ranked = trial.ranked
        var lines =
            [
                StyledLine("trial \(ranked.trial)", .strong) + StyledLine("  of sweep \(trial.sweep)  ")
                    + StyledLine(ranked.state.rawValue, ranked.state.style),
                StyledLine("rank       \(ranked.objective == nil ? "none yet" : "\(ranked.rank)")"),
                StyledLine("objective  \(objective(ranked))"),
            ] + forecast(ranked) + [
                StyledLine("trained    \(trained(trial)) in \(ValueText.duration(trial.trainedSeconds))")
            ] + parent(trial.lineage) + [
                StyledLine("slots      \(ranked.slots)"),
                StyledLine("failures   \(trial.failures)"),
                StyledLine("seed       \(trial.seed)"),
                StyledLine("metrics    \(trial.metricNames.joined(separator: ", "))"),
            ]
        if let reason = trial.stateReason ?? ranked.reason {
            lines += StyledLine.wrapped("reason     ", reason, .plain, width: width)
        }
        lines += failure(trial, width: width)
        lines += checkpoint("best", ranked.bestCheckpoint) + checkpoint("latest", trial.latestCheckpoint)
        if let path = trial.bestCheckpointPath { lines.append(StyledLine("           \(path)")) }
        lines += ["configuration"] + ranked.configuration.entries.map { StyledLine("  \($0.name): \($0.value.text)") }
        return (lines + [""] + attempts(trial, width: width)).map { $0.clipped(to: width) }
    }

    /// The latest failure: what happened, and the last lines of output.
    private static func failure(_ trial: TrialDetail, width: Int) -> [StyledLine] {
        guard let last = trial.failureLog?.last else { return [] }
        let title = "failure    "
        let text = "\(last.kind.rawValue), attempt \(last.attempt) on \(last.agent): \(last.explanation)"
        let lines = StyledLine.wrapped(title, text, .warning, width: width)
        guard !last.lastLines.isEmpty else { return lines }
        return lines + [StyledLine("its last lines of output", .faint)]
            + last.lastLines.map { StyledLine("  " + $0, .faint) }
    }

    private static func trained(_ trial: TrialDetail) -> String {
        let steps = "\(trial.ranked.lastStep) steps"
        guard let start = trial.lineage?.parentStep, start > 0 else { return steps }
        return steps + ", \(start) of them by its parent; its own"
    }

    private static func parent(_ lineage: Lineage?) -> [StyledLine] {
        guard let lineage else { return [] }
        let place = lineage.replaces.map { ", in the place of trial \($0)" } ?? ""
        return [StyledLine("parent     trial \(lineage.parent) at step \(lineage.parentStep)\(place)")]
    }

    private static func objective(_ ranked: RankedTrial) -> String {
        guard let objective = ranked.objective else { return "not reported yet" }
        return ValueText.number(objective, digits: 6) + (ranked.objectiveStep.map { " at step \($0)" } ?? "")
    }

    private static func forecast(_ ranked: RankedTrial) -> [StyledLine] {
        if let forecast = ranked.forecast {
            let titles = ["forecast   "] + Array(repeating: String(repeating: " ", count: 11), count: 2)
            return zip(titles, ForecastText.trial(forecast)).map { StyledLine($0 + $1) }
        }
        guard ranked.state == .running, ranked.objective == nil else { return [] }
        return [StyledLine("forecast   none yet: it has not reported")]
    }

    private static func checkpoint(_ which: String, _ info: CheckpointInfo?) -> [StyledLine] {
        guard let info else { return [] }
        return [
            StyledLine(
                "checkpoint \(which): step \(info.step), \(ValueText.bytes(info.size)), "
                    + "attempt \(info.attempt.number), "
                    + "sha256 \(info.sha256)")
        ]
    }

    private static func attempts(_ trial: TrialDetail, width: Int) -> [StyledLine] {
        guard let first = trial.attempts.first else { return [StyledLine("no attempt yet", .faint)] }
        var table = TextTable([
            .init(title: "attempt", isNumeric: true), .init(title: "agent"), .init(title: "slots"),
            .init(title: "started", isNumeric: true), .init(title: "ran", isNumeric: true), .init(title: "outcome"),
            .init(title: "message"),
        ])
        for attempt in trial.attempts {
            table.add([
                "\(attempt.attempt.number)", attempt.agent.rawValue,
                attempt.slots.map(String.init).joined(separator: ","),
                "+" + ValueText.duration(attempt.startedAt.seconds(since: first.startedAt)),
                attempt.endedAt.map { ValueText.duration($0.seconds(since: attempt.startedAt)) } ?? "…",
                outcome(attempt), attempt.message ?? "",
            ])
        }
        return table.lines(width: width)
    }

    private static func outcome(_ attempt: AttemptRecord) -> String {
        guard let outcome = attempt.outcome else { return "running" }
        if let signal = attempt.signal { return "\(outcome.rawValue), signal \(signal)" }
        return outcome.rawValue + (attempt.exitCode.map { ", exit \($0)" } ?? "")
    }
}
