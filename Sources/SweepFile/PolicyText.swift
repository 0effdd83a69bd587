public import HyperSchedProtocol
import Yams

/// A policy as one word of a command line: `asha`, or `asha:kind=stopping:eta=3`, with the options of a sweep file.
public enum PolicyText {
    public static func read(_ text: String) -> Result<PolicySpec, SweepFileError> {
        let findings = Findings()
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var pairs: [(Node, Node)] = [("name", Node(String(parts.first ?? "")))]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
                findings.error("policy", line: nil, "expected option=value, found '\(part)'", fix: "write option=value")
                return .failure(SweepFileError(errors: findings.errors))
            }
            pairs.append((Node(String(part[..<equals])), Node(String(part[part.index(after: equals)...]))))
        }
        let root = Node(["policy": Node(pairs)].map { (Node($0.key), $0.value) })
        let policy = Section(root, path: "", findings).flatMap { section in
            PolicyReader(block: section, hyperband: EarlyTermination(top: section)).policy()
        }
        guard let policy, findings.errors.isEmpty else {
            return .failure(SweepFileError(errors: findings.errors))
        }
        return .success(policy)
    }
}
