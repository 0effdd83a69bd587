public import HyperSchedProtocol

/// One agent in full.
public enum AgentCard {
    public static func lines(_ agent: AgentSummary, width: Int) -> [StyledLine] {
        let labels = agent.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var lines = [
            StyledLine("agent \(agent.id)", .strong) + StyledLine("  ")
                + StyledLine(agent.state.rawValue, agent.state == .live ? .good : .warning),
            StyledLine("slots     \(Listings.slots(agent.slots)); \(agent.slotsHeld) held"),
            StyledLine("runs      \(agent.attempts.map(\.description).joined(separator: " "))"),
            StyledLine("labels    \(labels.joined(separator: " "))"),
            StyledLine("seen      \(ValueText.duration(agent.lastSyncSeconds)) ago"),
            StyledLine("version   \(agent.version)"),
        ]
        if let address = agent.address { lines.append(StyledLine("address   \(address)")) }
        if let ends = agent.endsInSeconds { lines.append(StyledLine("ends in   \(ValueText.duration(ends))")) }
        return (lines + [""] + slots(agent.slots, width: width)).map { $0.clipped(to: width) }
    }

    private static func slots(_ slots: [Slot], width: Int) -> [StyledLine] {
        var table = TextTable([
            .init(title: "slot"), .init(title: "memory", isNumeric: true), .init(title: "model"),
            .init(title: "device"),
        ])
        for slot in slots {
            let memory = slot.gpu?.memory.map { ValueText.bytes(Int64($0) << 20) }
            table.add([slot.label, memory ?? "-", slot.gpu?.name ?? "-", slot.device ?? "-"])
        }
        return table.lines(width: width)
    }
}
