public import HyperSchedProtocol

/// Lists of sweeps and agents.
public enum Listings {
    public static func sweeps(_ sweeps: [SweepSummary], width: Int) -> [StyledLine] {
        guard !sweeps.isEmpty else { return [StyledLine("no sweeps", .faint)] }
        var table = TextTable([
            .init(title: "sweep", isNumeric: true), .init(title: "name"), .init(title: "state"), .init(title: "time"),
            .init(title: "slots", isNumeric: true), .init(title: "trials", isNumeric: true), .init(title: "metric"),
            .init(title: "best", isNumeric: true), .init(title: "trial", isNumeric: true),
            .init(title: "P(target)", isNumeric: true),
        ])
        for sweep in sweeps {
            table.add(
                [
                    "\(sweep.id)", sweep.name, sweep.state.rawValue, sweep.state.isTerminal ? "-" : sweep.timeLeftText,
                    "\(sweep.slotsHeld)", "\(sweep.trials.values.reduce(0, +))", sweep.spec.metric.name,
                    sweep.best?.objective.map { ValueText.number($0) } ?? "-",
                    sweep.best.map { "\($0.trial)" } ?? "-",
                    sweep.forecast?.reachesTarget.map(ForecastText.percent) ?? "-",
                ], style: sweep.state.isTerminal ? .plain : sweep.stateStyle)
        }
        return table.lines(width: width)
    }

    public static func agents(_ agents: [AgentSummary], width: Int) -> [StyledLine] {
        guard !agents.isEmpty else {
            return [
                StyledLine("no agents: start one on each compute node with 'hypersched agent --daemon URL'", .faint)
            ]
        }
        var table = TextTable([
            .init(title: "agent"), .init(title: "state"), .init(title: "slots"), .init(title: "held", isNumeric: true),
            .init(title: "seen", isNumeric: true), .init(title: "version"), .init(title: "attempts"),
            .init(title: "labels"),
        ])
        for agent in agents {
            table.add(
                [
                    agent.id.rawValue, agent.state.rawValue, slots(agent.slots), "\(agent.slotsHeld)",
                    ValueText.duration(agent.lastSyncSeconds) + " ago", agent.version,
                    agent.attempts.map(\.description).joined(separator: " "),
                    agent.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
                ], style: agent.state == .lost ? .bad : agent.state == .draining ? .warning : .plain)
        }
        return table.lines(width: width)
    }

    /// `2 cpu, 4 gpu`
    private static func slots(_ slots: [Slot]) -> String {
        let parts = SlotKind.allCases.compactMap { kind in
            let count = slots.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(kind.rawValue)"
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
