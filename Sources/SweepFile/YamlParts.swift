import Yams

/// Several YAML documents in one text, which together are one sweep file: later ones add keys to the earlier ones and
/// replace them. So a file can be used unchanged, and what it lacks comes from a second file or the command line.
enum YamlParts {
    /// All documents of the text that are not empty.
    static func documents(_ text: String) throws -> [Node] {
        var documents: [Node] = []
        var sequence = try Yams.compose_all(yaml: text)
        while let document = sequence.next() {
            if ScalarText(document)?.isNull != true { documents.append(document) }
        }
        if let error = sequence.error { throw error }
        return documents
    }

    /// One tree of all documents; nil for none, or where one is no mapping, which is then noted.
    static func merged(_ documents: [Node], _ findings: Findings) -> Node? {
        guard var whole = documents.first else { return nil }
        for part in documents.dropFirst() {
            guard part.mapping != nil, whole.mapping != nil else {
                findings.error(
                    "", at: whole.mapping == nil ? whole : part, "a sweep file is a mapping of keys to values",
                    fix: "remove what stands between two lines '---', or write it as 'key: value'")
                return nil
            }
            whole = merged(whole, part, path: [])
        }
        return whole
    }

    private static func merged(_ base: Node, _ part: Node, path: [String]) -> Node {
        guard let more = part.mapping, var result = base.mapping, !isOneThing(path) else { return part }
        if path == ["hypersched"], ["deadline", "in"].contains(where: { more[$0] != nil }) {
            // They say the same in two ways: the later one counts.
            for key in ["deadline", "in"] { result[key] = nil }
        }
        for (key, value) in more {
            result[key] = result[key].map { merged($0, value, path: path + [key.string ?? ""]) } ?? value
        }
        return .mapping(result)
    }

    /// Half of one range and half of another are none: parameters and policies are replaced whole.
    private static func isOneThing(_ path: [String]) -> Bool {
        (path.count == 2 && path[0] == "parameters") || path == ["hypersched", "policy"]
    }

    /// Lines, from 1, of the marks `---` that something stands before.
    static func starts(in text: String) -> [Int] {
        var starts: [Int] = []
        var hasContent = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let isMark = line == "---" || line.hasPrefix("--- ") || line.hasPrefix("---\r")
            if isMark {
                if hasContent { starts.append(index + 1) }
            } else if let first = line.first(where: { !$0.isWhitespace }), first != "#", !line.hasPrefix("%") {
                hasContent = true
            }
        }
        return starts
    }
}
