public import HyperSchedProtocol

/// A sweep in full, and its end.
public struct SweepReport: Sendable {
    private let snapshot: SweepSnapshot
    private var sweep: SweepSummary { snapshot.sweep }

    public init(_ snapshot: SweepSnapshot) { self.snapshot = snapshot }

    /// One line while it runs: for logs, where nothing can be redrawn.
    public func statusLine() -> StyledLine {
        let leader = sweep.best.flatMap { best in
            best.objective.map { "trial \(best.trial) leads with \(sweep.spec.metric.name) \(ValueText.number($0))" }
        }
        return StyledLine(
            "sweep \(sweep.id) \(sweep.stateText), \(sweep.timeLeftText), "
                + "slots \(sweep.slotsHeld) of \(max(sweep.slotsUsable, sweep.slotsHeld))"
                + (sweep.share.map { " (share \($0.fair))" } ?? "") + ", "
                + "trials: \(sweep.trialCounts); "
                + (leader ?? "no leader yet"))
            + (ForecastText.sweep(sweep).map { StyledLine("; ") + $0 } ?? "")
    }

    /// What the sweep is and how it stands.
    public func summary(width: Int) -> [StyledLine] {
        let spec = sweep.spec
        var lines = [
            StyledLine(sweep.name, .strong) + StyledLine("  sweep \(sweep.id)  ")
                + StyledLine(sweep.stateText, sweep.stateStyle),
            StyledLine("runs       \(Self.program(spec.program))"),
            StyledLine("metric     \(spec.metric.goal.rawValue) \(spec.metric.name)")
                + StyledLine(spec.metric.target.map { ", target \(ValueText.number($0))" } ?? ""),
            StyledLine(
                "search     \(spec.method.rawValue) over \(spec.parameters.map(\.name).joined(separator: ", "))"),
            StyledLine("policy     \(spec.policy.name), \(spec.steps.unit) \(spec.steps.min) to \(spec.steps.max)"),
            StyledLine("deadline   \(spec.deadline.rfc3339), \(sweep.timeLeftText)"),
            StyledLine("created    \(sweep.createdAt.rfc3339)")
                + StyledLine(sweep.endedAt.map { ", ended \($0.rfc3339)" } ?? ""),
            StyledLine("slots      \(sweep.slotsHeld) held of \(sweep.slotsUsable) usable")
                + StyledLine(sweep.slotHoursUsed.map { ", \(ShareText.hours($0)) slot-hours used" } ?? ""),
        ]
        if let share = ShareText.share(sweep) { lines.append(StyledLine("share      \(share)")) }
        if let budget = ShareText.budget(sweep) { lines.append(StyledLine("budget     \(budget)")) }
        lines.append(StyledLine("trials     \(sweep.trialCounts)"))
        lines += best()
        if let forecast = ForecastText.sweep(sweep) { lines.append(StyledLine("forecast   ") + forecast) }
        if let reason = sweep.stateReason { lines.append(StyledLine("reason     \(reason)", .warning)) }
        if let pause = sweep.pause { lines += StyledLine.wrapped("paused     ", pause.reason, .warning, width: width) }
        for breaker in sweep.breakers ?? [] where breaker.closedUntil != nil {
            let text = "nothing is started on \(breaker.agent) (\(breaker.kind.rawValue)): \(breaker.explanation)"
            lines += StyledLine.wrapped("agent      ", text, .warning, width: width)
        }
        lines += sweep.warnings.map { StyledLine("warning    \($0)", .warning) }
        return lines.map { $0.clipped(to: width) } + forecasts(width: width)
    }

    /// What was foretold, and what came of it.
    private func forecasts(width: Int) -> [StyledLine] {
        guard let forecasts = sweep.forecasts, !forecasts.isEmpty else { return [] }
        return ["", StyledLine("forecasts written down", .strong)]
            + ForecastHistory.lines(forecasts, metric: sweep.spec.metric, width: width)
    }

    /// The last word: ranking, winner with its configuration and checkpoint, and the picture of the slots.
    /// - Parameters:
    ///   - winner: details of the best trial, where there is one.
    ///   - attempts: all of the sweep's.
    public func final(winner: TrialDetail?, attempts: [AttemptRecord], width: Int) -> [StyledLine] {
        var lines = summary(width: width) + [""]
        lines += RankingTable(snapshot).lines(width: width, height: 10)
        if sweep.trials.values.reduce(0, +) > 10 {
            lines.append(StyledLine("… all of them: hypersched sweep rank \(sweep.id)", .faint))
        }
        lines += [""] + SlotPicture(sweep: sweep, attempts: attempts).lines(width: width, height: 40) + [""]
        guard let winner else { return lines + [verdictLine()] }
        lines += [StyledLine("winner     trial \(winner.ranked.trial)", .strong)]
        lines += winner.ranked.configuration.entries.map { StyledLine("  \($0.name): \($0.value.text)") }
        if let path = winner.bestCheckpointPath { lines.append(StyledLine("checkpoint \(path)")) }
        if winner.ranked.bestCheckpoint != nil {
            lines.append(StyledLine("fetch it   hypersched best \(sweep.id) --to DIR", .faint))
        }
        return lines + [verdictLine()]
    }

    private func best() -> [StyledLine] {
        guard let best = sweep.best, let objective = best.objective else { return [StyledLine("best       none yet")] }
        let step = best.objectiveStep.map { " at \(sweep.spec.steps.reportedUnit) \($0)" } ?? ""
        return [
            StyledLine("best       trial \(best.trial)", .strong)
                + StyledLine(" with \(sweep.spec.metric.name) \(ValueText.number(objective, digits: 6))\(step)")
        ]
    }

    private func verdictLine() -> StyledLine {
        switch sweep.verdict {
        case .notEnded where sweep.isStuck: StyledLine("the sweep is paused: nothing runs", .bad)
        case .notEnded: StyledLine("the sweep goes on", .faint)
        case .good: StyledLine(sweep.state == .deadlineReached ? "done: stopped at the deadline" : "done", .good)
        case .bad(let why): StyledLine(why, .bad)
        }
    }

    private static func program(_ program: TrialProgram) -> String {
        switch program {
        case .workload(let name): "workload \(name)"
        case .command(let words): words.joined(separator: " ")
        }
    }
}
