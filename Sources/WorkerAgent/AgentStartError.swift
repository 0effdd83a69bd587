public import HyperSchedProtocol

/// Why an agent can not start.
public enum AgentStartError: Error, Hashable, Sendable, CustomStringConvertible {
    case badName(AgentID)
    case folderInUse(String)
    case folder(path: String, why: String)
    case noSlots
    case nvidiaSMI(GPUFailure)

    public var description: String {
        switch self {
        case .badName(let name): "'\(name)' can not be an agent's name: 1 to 64 of A-Z a-z 0-9 . _ -"
        case .folderInUse(let path):
            "another agent uses the work directory \(path); give each agent on a machine its own with --work-dir"
        case .folder(let path, let why): "the work directory \(path) can not be used: \(why)"
        case .noSlots: "the agent has no slots: give --slots, --cpu-slots or --gpu-slots"
        case .nvidiaSMI(let failure): "\(failure); see --nvidia-smi"
        }
    }
}
