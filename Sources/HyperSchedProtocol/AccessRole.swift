/// What the holder of a token may do.
public enum AccessRole: String, Hashable, Sendable, Codable, CaseIterable {
    /// Everything but what only agents do: also tokens, the audit log, draining agents.
    case admin
    /// Start, change and cancel sweeps, propose configurations; and read.
    case submit
    /// Look at everything but tokens and the audit log.
    case read
    /// Become an agent, under a name that no live agent has.
    case agentJoin = "agent-join"
    /// What an agent of one name does. Never made by hand: an agent gets it for its join token.
    case agent

    /// Roles that people hand out.
    public static let grantable: [AccessRole] = [.admin, .submit, .read, .agentJoin]

    /// True when a holder of this role may do what `other` may.
    public func includes(_ other: AccessRole) -> Bool {
        switch (self, other) {
        case (.admin, .submit), (.admin, .read), (.submit, .read): true
        default: self == other
        }
    }
}
