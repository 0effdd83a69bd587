public import HyperSchedProtocol

/// Lists of sweeps and agents.
public enum Listings {
    public static func sweeps(_ sweeps: [SweepSummary], width: Int) -> [StyledLine] {
        guard !sweeps.isEmpty else { return [StyledLine("no sweeps", .faint)] }
        // Only where there is something to tell.
        let shares = sweeps.contains { $0.share != nil }
        let budgets = sweeps.contains { $0.spec.budget != nil }
        let sharing: [TextTable.Column] =
            (shares ? [.init(title: "share", isNumeric: true), .init(title: "weight", isNumeric: true)] : [])
            + (budgets ? [.init(title: "budget", isNumeric: true)] : [])
        let head: [TextTable.Column] = [
            .init(title: "sweep", isNumeric: true), .init(title: "name"), .init(title: "state"), .init(title: "time"),
            .init(title: "slots", isNumeric: true),
        ]
        var table = TextTable(
            head + sharing + [
                .init(title: "trials", isNumeric: true), .init(title: "metric"),
                .init(title: "best", isNumeric: true), .init(title: "trial", isNumeric: true),
                .init(title: "P(target)", isNumeric: true),
            ])
        for sweep in sweeps {
            table.add(
                [
                    "\(sweep.id)", sweep.name, sweep.state.rawValue, sweep.state.isTerminal ? "-" : sweep.timeLeftText,
                    "\(sweep.slotsHeld)",
                ] + (shares ? share(sweep) : []) + (budgets ? [budget(sweep)] : []) + [
                    "\(sweep.trials.values.reduce(0, +))", sweep.spec.metric.name,
                    sweep.best?.objective.map { ValueText.number($0) } ?? "-",
                    sweep.best.map { "\($0.trial)" } ?? "-",
                    sweep.forecast?.reachesTarget.map(ForecastText.percent) ?? "-",
                ], style: sweep.state.isTerminal ? .plain : sweep.stateStyle)
        }
        return table.lines(width: width)
    }

    private static func share(_ sweep: SweepSummary) -> [String] {
        [
            sweep.share.map { "\($0.fair)" } ?? "-",
            ValueText.number(sweep.spec.effectiveWeight)
                + (sweep.spec.priority == 0 ? "" : " @\(sweep.spec.priority)"),
        ]
    }

    /// `2.5/10`: used of allowed, slot-hours.
    private static func budget(_ sweep: SweepSummary) -> String {
        sweep.spec.budget.map { "\(ShareText.hours(sweep.slotHoursUsed ?? 0))/\(ValueText.number($0.slotHours))" }
            ?? "-"
    }

    public static func agents(_ agents: [AgentSummary], width: Int) -> [StyledLine] {
        guard !agents.isEmpty else {
            return [
                StyledLine("no agents: start one on each compute node with 'hypersched agent --daemon URL'", .faint)
            ]
        }
        let ends = agents.contains { $0.endsInSeconds != nil }
        let head: [TextTable.Column] = [
            .init(title: "agent"), .init(title: "state"), .init(title: "slots"), .init(title: "held", isNumeric: true),
            .init(title: "seen", isNumeric: true),
        ]
        let end: [TextTable.Column] = ends ? [.init(title: "ends in", isNumeric: true)] : []
        var table = TextTable(
            head + end + [
                .init(title: "version"), .init(title: "attempts"),
                .init(title: "labels"),
            ])
        for agent in agents {
            table.add(
                [
                    agent.id.rawValue, agent.state.rawValue, slots(agent.slots), "\(agent.slotsHeld)",
                    ValueText.duration(agent.lastSyncSeconds) + " ago",
                ] + (ends ? [agent.endsInSeconds.map { ValueText.duration($0) } ?? "-"] : []) + [
                    agent.version,
                    agent.attempts.map(\.description).joined(separator: " "),
                    agent.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
                ], style: agent.state == .lost ? .bad : agent.state == .draining ? .warning : .plain)
        }
        return table.lines(width: width)
    }

    /// `2 cpu, 4 gpu`; `4 gpu (on 2)` where slots share GPUs
    static func slots(_ slots: [Slot]) -> String {
        let parts = SlotKind.allCases.compactMap { kind in
            let found = slots.filter { $0.kind == kind }
            guard !found.isEmpty else { return nil as String? }
            let isShared = found.contains { $0.gpu?.part != nil }
            let on = isShared ? " (on \(Set(found.map(\.device)).count))" : ""
            return "\(found.count) \(kind.rawValue)\(on)"
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
