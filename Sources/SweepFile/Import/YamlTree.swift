import HyperSchedProtocol
import Yams

/// YAML to be written: keys stay in the order in which they were set.
indirect enum YamlTree: Hashable {
    /// Written as it is: a number, a Boolean, null.
    case plain(String)
    case text(String)
    case list([YamlTree])
    case map([Pair])

    struct Pair: Hashable {
        let key: String
        var value: YamlTree
    }

    static func int(_ value: Int) -> YamlTree { .plain("\(value)") }
    static func real(_ value: Double) -> YamlTree { .plain("\(value)") }

    static func pairs(_ pairs: [(String, YamlTree)]) -> YamlTree {
        .map(pairs.map { Pair(key: $0.0, value: $0.1) })
    }

    /// A node of another tool's file. In YAML 1.2, which those tools read, `yes` and its like are texts.
    init(_ node: Node) {
        if let items = node.sequence {
            self = .list(items.map(YamlTree.init))
        } else if let mapping = node.mapping {
            self = .map(mapping.map { Pair(key: $0.key.string ?? "", value: YamlTree($0.value)) })
        } else if let scalar = ScalarText(node) {
            let isText = scalar.isQuoted || scalar.isWordlikeBool || (scalar.bool == nil && scalar.number == nil)
            self = isText && !scalar.isNull ? .text(scalar.text) : .plain(scalar.isNull ? "null" : scalar.text)
        } else {
            self = .plain("null")
        }
    }

    /// On one line.
    var flow: String {
        switch self {
        case .plain(let text): text
        case .text(let text): Self.quoted(text)
        case .list(let items): "[" + items.map(\.flow).joined(separator: ", ") + "]"
        case .map(let pairs):
            "{" + pairs.map { "\(Self.quoted($0.key)): \($0.value.flow)" }.joined(separator: ", ") + "}"
        }
    }

    /// Keys of the first `depth` levels on lines of their own.
    func block(depth: Int, indent: String = "") -> String {
        guard case .map(let pairs) = self else { return indent + flow + "\n" }
        return pairs.map { pair in
            let head = "\(indent)\(Self.quoted(pair.key)):"
            guard depth > 1, case .map(let inner) = pair.value, !inner.isEmpty else {
                return "\(head) \(pair.value.flow)\n"
            }
            return "\(head)\n" + pair.value.block(depth: depth - 1, indent: indent + "  ")
        }.joined()
    }

    /// In quotes unless it is a plain word that no YAML reader takes for anything else.
    private static func quoted(_ text: String) -> String {
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let isWord =
            text.first.map { $0.isASCII && ($0.isLetter || $0 == "_") } == true
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F: true
                default: false
                }
            }
        return isWord && !words.contains(text.lowercased()) ? text : WireCoding.encodeText(text)
    }
}
