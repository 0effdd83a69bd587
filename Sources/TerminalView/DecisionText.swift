public import HyperSchedProtocol

/// Decisions in words.
public enum DecisionText {
    /// One decision: when, what, about which trial, and why.
    public static func line(_ decision: Decision, since start: Timestamp) -> StyledLine {
        let time = CellText.pad("+" + ValueText.duration(decision.at.seconds(since: start)), to: 9, right: true)
        let trial = decision.trial.map { " trial \($0)" } ?? ""
        return StyledLine(time + "  ", .faint) + StyledLine(decision.kind.rawValue + trial, style(decision.kind))
            + StyledLine(": " + decision.reason.text)
    }

    /// The story of one trial, with the rule, the numbers and the rivals of each decision.
    public static func story(_ decisions: [Decision], since start: Timestamp) -> [StyledLine] {
        guard !decisions.isEmpty else { return [StyledLine("nothing has been decided about it yet", .faint)] }
        return decisions.flatMap { decision -> [StyledLine] in
            let indent = String(repeating: " ", count: 11)
            var lines = [line(decision, since: start)]
            let numbers = decision.reason.numbers.sorted { $0.key < $1.key }
                .map { "\($0.key)=\(ValueText.number($0.value.number))" }
            lines.append(
                StyledLine(indent + (["rule \(decision.reason.rule)"] + numbers).joined(separator: "  "), .faint))
            if !decision.reason.rivals.isEmpty {
                let rivals = decision.reason.rivals.map(\.description).joined(separator: ", ")
                lines.append(StyledLine(indent + "rivals, best first: \(rivals)", .faint))
            }
            return lines
        }
    }

    private static func style(_ kind: DecisionKind) -> StyledLine.Style {
        switch kind {
        case .start, .resume, .resize, .complete, .finish, .extend, .adjust, .resumeSweep, .openAgent, .retry: .good
        case .prune, .fail, .diverge, .noMetric, .cancel: .bad
        case .pause, .stop, .requeue, .closeAdmission, .pauseSweep, .closeAgent: .warning
        }
    }
}
