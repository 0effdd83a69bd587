internal import HyperSchedProtocol

/// A parameter as W&B passes it on a command line: its value the text that Python gives for it, `True`, `None`,
/// `[64, 32]`. A dictionary of parameters is one argument: `{'lr': 0.1, 'nesterov': True}`.
struct ArgumentPair {
    let name: String
    let text: String
    /// The value of a parameter that is true or false.
    private let bool: Bool?

    /// By name; dictionaries by their outermost name.
    static func pairs(of configuration: Configuration) -> [ArgumentPair] {
        var pairs: [ArgumentPair] = []
        var seen: Set<String> = []
        for entry in configuration.entries {
            guard let group = entry.groups.first else {
                let bool: Bool? = if case .bool(let value) = entry.value { value } else { nil }
                pairs.append(ArgumentPair(name: entry.name, text: entry.value.pythonText, bool: bool))
                continue
            }
            guard seen.insert(group).inserted else { continue }
            let members = configuration.entries.filter { $0.groups.first == group }
            pairs.append(ArgumentPair(name: group, text: dictionary(members, depth: 1), bool: nil))
        }
        return pairs
    }

    /// `--name` for true, nothing for false.
    var flag: String? {
        guard let bool else { return "--\(name)=\(text)" }
        return bool ? "--\(name)" : nil
    }

    private static func dictionary(_ entries: [Configuration.Entry], depth: Int) -> String {
        var parts: [String] = []
        var seen: Set<String> = []
        for entry in entries {
            guard entry.groups.count > depth else {
                parts.append("\(ParameterValue.quoted(entry.key)): \(entry.value.pythonLiteral)")
                continue
            }
            let group = entry.groups[depth]
            guard seen.insert(group).inserted else { continue }
            let members = entries.filter { $0.groups.count > depth && $0.groups[depth] == group }
            parts.append("\(ParameterValue.quoted(group)): \(dictionary(members, depth: depth + 1))")
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}
