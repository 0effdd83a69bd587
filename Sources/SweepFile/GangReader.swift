import HyperSchedProtocol
import Yams

/// `slots` of trials that run on several agents at the same time.
struct GangReader {
    static let agents = 2...1024

    /// The section `slots`.
    let section: Section

    /// The file says on how many agents a trial runs, and it is not just one.
    var isAsked: Bool { section.has("agents") && section.value("agents")?.string != "1" }

    /// nil: noted as a mistake.
    func request(labels: [String: String]?) -> SlotRequest? {
        let kind = section.has("kind") ? section.choice("kind", as: SlotKind.self) : .cpu
        let agents = section.integer("agents", in: 1...Self.agents.upperBound)
        let min = section.has("min") ? section.integer("min", in: 1...4096) : agents
        let max = section.has("max") ? section.integer("max", in: 1...4096) : min
        guard let kind, let agents, let min, let max, let labels else { return nil }
        guard min % agents == 0 else {
            let fitting = (min / agents + 1) * agents
            section.error(
                "min", "\(min) slots can not be divided equally among \(agents) agents",
                fix: "write 'min: \(fitting)' for \(fitting / agents) on each")
            return nil
        }
        guard max == min else {
            section.error(
                "max", "a trial on several agents keeps its size, which is min (\(min))",
                fix: "leave 'max' out, or write the same number")
            return nil
        }
        return SlotRequest(kind: kind, min: min, max: nil, labels: labels, agents: agents)
    }
}
