import Foundation
public import HyperSchedProtocol
import TerminalView

/// `/agents`
public struct AgentsPage: PageView {
    static let template = "agents"

    struct Row {
        let name: String
        /// The name as a part of a path.
        let path: String
        let state: String
        let held: Int
        let slots: Int
        let kinds: String
        let labels: String
        let trials: [String]
        let heard: String
        /// nil: it stays until it is told to end.
        let ends: String?
        let version: String
        /// Slots that are not clean, and why.
        let unclean: [String]
        let action: String?

        init(_ agent: AgentSummary) {
            name = agent.id.description
            path = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            state = agent.state.rawValue
            held = agent.slotsHeld
            slots = agent.slots.count
            let models = Set(agent.slots.compactMap(\.gpu?.name)).sorted()
            kinds = (Set(agent.slots.map(\.kind.rawValue)).sorted() + models).joined(separator: ", ")
            labels = agent.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            trials = agent.attempts.map(\.trial.description)
            heard = ValueText.duration(agent.lastSyncSeconds) + " ago"
            ends = agent.endsInSeconds.map { ValueText.duration($0) }
            version = agent.version
            unclean = (agent.quarantined ?? []).map { "slot \($0.slot) is not clean: \($0.reason)" }
            switch agent.state {
            case .live: action = "drain"
            case .draining: action = "undrain"
            case .lost: action = nil
            }
        }
    }

    let title = "Agents"
    let isLive = true
    let isAgents = true
    let isEmpty: Bool
    let rows: [Row]

    public init(_ agents: [AgentSummary]) {
        rows = agents.map(Row.init)
        isEmpty = rows.isEmpty
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }
}
