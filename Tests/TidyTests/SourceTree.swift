import Foundation

/// The files of this package, as text.
struct SourceTree {
    struct File {
        /// Relative to the package: `Sources/Scheduler/SlotLedger.swift`
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// `Scheduler` of `Sources/Scheduler/SlotLedger.swift`
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var name: String { path.split(separator: "/").last.map(String.init) ?? "" }

        /// Names of the modules it imports.
        var imports: [String] {
            lines.compactMap { line in
                var words = line.split(separator: " ")
                while let first = words.first,
                    ["public", "internal", "package", "private", "@testable", "@_exported"].contains(first)
                {
                    words.removeFirst()
                }
                guard words.first == "import", words.count >= 2 else { return nil }
                let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "var"]
                let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
                return String(module.split(separator: ".")[0])
            }
        }

        /// The text without comments and string literals (roughly: to the end of the line, and between quotes).
        var code: String {
            lines.map { line in
                var code = ""
                var quoted = false
                var previous: Character = " "
                for character in line {
                    if character == "\"" && previous != "\\" { quoted.toggle() }
                    if !quoted && character == "/" && previous == "/" { return String(code.dropLast()) }
                    if !quoted { code.append(character) }
                    previous = character
                }
                return code
            }.joined(separator: "\n")
        }
    }

    let root: URL

    init() {
        root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    func files(below folder: String, endings: Set<String>) throws -> [File] {
        let start = root.appending(path: folder)
        guard let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil) else { return [] }
        var found: [File] = []
        for case let url as URL in walk where endings.contains(url.pathExtension) {
            let path = String(url.standardizedFileURL.path().dropFirst(root.standardizedFileURL.path().count))
            found.append(File(path: path, text: try String(contentsOf: url, encoding: .utf8)))
        }
        return found.sorted { $0.path < $1.path }
    }

    func swift(_ folder: String) throws -> [File] { try files(below: folder, endings: ["swift"]) }
}
