import Yams

/// The text of a sweep file as a tree, within limits: the text comes from anyone who can reach the daemon.
enum YamlDocument {
    static let largestFile = 256 * 1024
    static let deepestNesting = 16

    /// The top mapping; nil when `findings` has an error for it.
    static func read(_ text: String, _ findings: Findings) -> Node? {
        guard text.utf8.count <= largestFile else {
            findings.error(
                "", line: nil, "\(text.utf8.count) bytes, more than the \(largestFile) that a sweep file may have",
                fix: "keep data out of the sweep file; give a path as a parameter instead")
            return nil
        }
        if let name = aliasName(in: text) {
            findings.error(
                "", line: nil, "the anchor &\(name) and the alias *\(name): anchors are not accepted",
                fix: "write the value out where it is used")
            return nil
        }
        guard let root = parse(text, findings) else { return nil }
        guard root.mapping != nil else {
            findings.error(
                "", at: root, "a sweep file is a mapping of keys to values",
                fix: "begin with, for example, 'method: random'")
            return nil
        }
        guard depth(of: root) <= deepestNesting else {
            findings.error(
                "", line: nil, "nested more than \(deepestNesting) levels deep", fix: "see docs/SWEEP_FILE.md")
            return nil
        }
        return root
    }

    private static func parse(_ text: String, _ findings: Findings) -> Node? {
        do {
            findings.partStarts = YamlParts.starts(in: text)
            if let root = YamlParts.merged(try YamlParts.documents(text), findings) { return root }
            if !findings.errors.isEmpty { return nil }
            findings.error("", line: nil, "the file is empty", fix: "see docs/SWEEP_FILE.md for a first one")
        } catch let error as YamlError {
            let (line, message) = describe(error)
            findings.error("", line: line, message, fix: "correct the YAML (or JSON) syntax")
        } catch {
            findings.error("", line: nil, "\(error)", fix: "correct the YAML (or JSON) syntax")
        }
        return nil
    }

    private static func describe(_ error: YamlError) -> (line: Int?, message: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            (mark.line, "not YAML: \(context.map { "\($0.text) " } ?? "")\(problem)")
        case .reader(let problem, _, _, _): (nil, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, let context):
            (context.mark.line, "the key '\(names.joined(separator: "', '"))' is there twice")
        default: (nil, "not YAML: \(error)")
        }
    }

    private static func depth(of node: Node) -> Int {
        switch node {
        case .mapping(let mapping): 1 + (mapping.map { max(depth(of: $0.key), depth(of: $0.value)) }.max() ?? 0)
        case .sequence(let items): 1 + (items.map(depth).max() ?? 0)
        case .scalar, .alias: 0
        }
    }

    /// A name that occurs both after `&` and after `*`, wherever that is: without one the file has no alias, so no
    /// short text can stand for an endless tree. Looked for before parsing, because the parser follows aliases.
    private static func aliasName(in text: String) -> String? {
        let bytes = Array(text.utf8)
        let anchors = names(after: UInt8(ascii: "&"), in: bytes)
        guard !anchors.isEmpty else { return nil }
        return names(after: UInt8(ascii: "*"), in: bytes).intersection(anchors).min()
    }

    private static func names(after sign: UInt8, in bytes: [UInt8]) -> Set<String> {
        var names: Set<String> = []
        for (index, byte) in bytes.enumerated() where byte == sign {
            let name = bytes[(index + 1)...].prefix(while: isNameByte)
            if !name.isEmpty { names.insert(String(decoding: name, as: UTF8.self)) }
        }
        return names
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}
