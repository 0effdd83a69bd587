import Foundation
import Testing

/// The house rules that a compiler does not know. Each failure names the file and what to do instead.
@Suite struct TidyTests {
    let tree = SourceTree()

    // MARK: Who may import whom (docs/ARCHITECTURE.md)

    static let allowedImports: [String: Set<String>] = [
        "HyperSchedProtocol": [],
        "Scheduler": ["HyperSchedProtocol", "HashTreeCollections", "RealModule"],
        "Simulator": ["HyperSchedProtocol", "Scheduler", "HeapModule", "RealModule"],
        "Pictures": ["HyperSchedProtocol", "Foundation"],
        "CurveReplay": [
            "HyperSchedProtocol", "Scheduler", "Simulator", "SweepFile", "Pictures", "CZlib", "Foundation", "Glibc",
            "Synchronization",
        ],
        "PolicyBench": [
            "HyperSchedProtocol", "Scheduler", "Simulator", "CurveReplay", "ArgumentParser", "Foundation",
        ],
        "SamplerBench": ["HyperSchedProtocol", "Scheduler", "Foundation"],
        "CoreBench": ["HyperSchedProtocol", "Scheduler", "ArgumentParser", "Foundation", "Glibc"],
        "DaemonBench": ["HyperSchedProtocol", "HyperSchedClient", "ArgumentParser", "Foundation", "Glibc"],
        "SweepFile": ["HyperSchedProtocol", "Scheduler", "Yams", "Glibc"],
        "TerminalView": ["HyperSchedProtocol", "Foundation"],
        "TrialStore": [
            "HyperSchedProtocol", "Scheduler", "GRDB", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "Dashboard": ["HyperSchedProtocol", "Pictures", "TerminalView", "Mustache", "Foundation"],
        "DaemonCore": [
            "HyperSchedProtocol", "HyperSchedClient", "Scheduler", "TrialStore", "SweepFile", "Dashboard", "Pictures",
            "Hummingbird",
            "HummingbirdCore",
            "UnixSignals", "Dispatch", "HTTPTypes", "NIOCore", "NIOHTTPTypes", "HummingbirdTLS", "NIOSSL",
            "Logging",
            "ServiceLifecycle", "Yams", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "HyperSchedd": ["DaemonCore", "ArgumentParser", "HyperSchedProtocol", "Logging", "Glibc", "Foundation"],
        "HyperSchedClient": [
            "HyperSchedProtocol", "CCurl", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "TrialEndpoint": [
            "HyperSchedProtocol", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "ServiceLifecycle",
            "Logging",
            "FoundationEssentials", "Glibc",
        ],
        "WorkerAgent": [
            "HyperSchedProtocol", "HyperSchedClient", "TrialEndpoint", "CProcess", "Subprocess", "SystemPackage",
            "Logging",
            "Foundation",
            "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "HyperSchedCLI": [
            "HyperSchedProtocol", "HyperSchedClient", "WorkerAgent", "SweepFile", "TerminalView", "CTerminal",
            "CurveReplay", "Pictures", "Scheduler", "Simulator",
            "ArgumentParser", "Dispatch", "Subprocess", "Yams", "SystemPackage", "Logging", "Foundation",
            "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "Torch": ["CTorch", "Foundation", "FoundationEssentials", "Glibc"],
        "Workloads": ["Torch", "CImage", "CZlib", "HyperSchedProtocol", "Foundation", "FoundationEssentials", "Glibc"],
        "TrialRunner": [
            "Workloads", "Torch", "HyperSchedProtocol", "ArgumentParser", "Foundation", "FoundationEssentials", "Glibc",
            "Synchronization",
        ],
    ]

    @Test func importsFollowTheArchitecture() throws {
        for file in try tree.swift("Sources") {
            guard let allowed = Self.allowedImports[file.target] else {
                Issue.record(
                    "\(file.path): target \(file.target) has no line in allowedImports: say what it may import")
                continue
            }
            // One file of the protocol holds the JSON coder; see its comment.
            let extra: Set<String> =
                file.path == "Sources/HyperSchedProtocol/WireCoding.swift" ? ["FoundationEssentials"] : []
            for module in file.imports where !allowed.union(extra).contains(module) {
                Issue.record("\(file.path): must not import \(module)")
            }
        }
    }

    // MARK: Purity

    /// The agent's state machine and what it is made of.
    static let pureAgentFiles = [
        "AgentMachine", "ArgumentPair", "AttemptState", "ReportLineParser", "CommandTemplate", "CheckpointQueue",
    ]

    static let impure: [(word: String, instead: String)] = [
        ("Date(", "take `now: Timestamp`"), ("ContinuousClock", "take `now`"), ("SuspendingClock", "take `now`"),
        ("clock_gettime", "take `now`"), ("Task", "return a directive and let the shell do it"),
        ("await", "return a directive"), ("async", "return a directive"), ("UUID(", "take identifiers from the caller"),
        ("SystemRandomNumberGenerator", "use CounterRandom"), (".random(", "use CounterRandom"),
        (".randomElement(", "use CounterRandom"), (".shuffled(", "use CounterRandom"),
        ("hashValue", "it differs per process"),
        ("FileManager", "no I/O here"), ("print(", "no I/O here"), ("getenv", "no I/O here"),
        ("ProcessInfo", "no I/O here"),
    ]

    @Test func pureCodeHasNoClockNoInputOutputNoHiddenRandomness() throws {
        let pure = try tree.swift("Sources").filter { file in
            ["HyperSchedProtocol", "Scheduler", "Simulator"].contains(file.target)
                || (file.target == "WorkerAgent" && Self.pureAgentFiles.contains { file.name.hasPrefix($0) })
        }
        #expect(pure.count > 20)
        for file in pure {
            let code = file.code
            for (word, instead) in Self.impure where containsWord(word, in: code) {
                Issue.record("\(file.path): pure code must not use \(word); \(instead)")
            }
            if file.target == "WorkerAgent" {
                for module in file.imports where module != "HyperSchedProtocol" {
                    Issue.record("\(file.path): the pure part of the agent must not import \(module)")
                }
            }
        }
    }

    // MARK: Size and names

    @Test func filesAndLinesAreShort() throws {
        for file in try tree.swift("Sources") + tree.swift("Tests") {
            let limit = file.path.hasPrefix("Tests/") ? 800 : 500
            if file.lines.count > limit {
                Issue.record("\(file.path): \(file.lines.count) lines, at most \(limit): split it")
            }
            // Tests show screens of 120 columns as they are, indented.
            let columns = file.path.hasPrefix("Tests/") ? 136 : 120
            for (number, line) in file.lines.enumerated() where line.count > columns {
                Issue.record("\(file.path):\(number + 1): \(line.count) columns, at most \(columns)")
            }
        }
    }

    @Test func functionsAreShort() throws {
        for file in try tree.swift("Sources") {
            for function in longFunctions(in: file, limit: 70) {
                Issue.record("\(function): at most 70 lines: split it")
            }
        }
    }

    @Test func namesSayWhatThingsAre() throws {
        let files = try tree.swift("Sources")
        let targets = Set(files.map(\.target))
        for file in files {
            for type in declaredTypes(in: file.code) {
                if targets.contains(type) {
                    Issue.record("\(file.path): the type \(type) bears a module's name, so `\(type).X` stops resolving")
                }
                for vague in ["Utils", "Helper", "Common", "Manager"] where type.contains(vague) {
                    Issue.record("\(file.path): \(type): '\(vague)' says nothing; name what it does")
                }
            }
        }
    }

    // MARK: The repository

    @Test func nothingLargeOrBinaryIsKept() throws {
        for folder in ["Sources", "Tests", "config", "docs", "scripts", "Benchmarks"] {
            let start = tree.root.appending(path: folder)
            guard let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: [.fileSizeKey])
            else {
                continue
            }
            for case let url as URL in walk {
                let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
                if size > 200_000 { Issue.record("\(url.path()): \(size) bytes: data and binaries are not kept here") }
            }
        }
    }

    @Test func linksInTheDocsLeadSomewhere() throws {
        var pages = try tree.files(below: "docs", endings: ["md"])
        for name in ["README.md", "CHANGELOG.md"] {
            pages.append(
                .init(path: name, text: try String(contentsOf: tree.root.appending(path: name), encoding: .utf8)))
        }
        for page in pages {
            for link in page.text.matches(of: /\]\(([^)#:\s]+)(#[^)]*)?\)/) {
                let target = tree.root.appending(path: page.path).deletingLastPathComponent().appending(
                    path: String(link.1))
                if !FileManager.default.fileExists(atPath: target.path()) {
                    Issue.record("\(page.path): the link to \(link.1) leads nowhere")
                }
            }
        }
    }

    @Test func changelogHasAPlaceForTheNextRelease() throws {
        let text = try String(contentsOf: tree.root.appending(path: "CHANGELOG.md"), encoding: .utf8)
        #expect(text.contains("## [Unreleased]"))
    }

    // MARK: The rules themselves can fail

    @Test func theRulesSeeViolations() {
        let file = SourceTree.File(
            path: "Sources/Scheduler/X.swift",
            text: "internal import Foundation\nstruct Scheduler {}\nlet a = Date() // fine: Task\nlet b = \"Task\"\n")
        #expect(file.imports == ["Foundation"])
        #expect(declaredTypes(in: file.code) == ["Scheduler"])
        #expect(containsWord("Date(", in: file.code))
        #expect(!containsWord("Task", in: file.code))
        #expect(!containsWord("Task", in: "let TaskList = 1"))
        let long = "func f() {\n" + String(repeating: "    x()\n", count: 80) + "}\n"
        #expect(longFunctions(in: .init(path: "Sources/X/Y.swift", text: long), limit: 70).count == 1)
    }
}

/// True when `word` occurs and is not part of a longer name.
private func containsWord(_ word: String, in code: String) -> Bool {
    var rest = Substring(code)
    while let found = rest.firstRange(of: word) {
        let before = found.lowerBound == rest.startIndex ? nil : rest[rest.index(before: found.lowerBound)]
        let after = found.upperBound == rest.endIndex ? nil : rest[found.upperBound]
        let startsName = word.first!.isLetter && (before.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false)
        let endsName = word.last!.isLetter && (after.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false)
        if !startsName && !endsName { return true }
        rest = rest[found.upperBound...]
    }
    return false
}

private func declaredTypes(in code: String) -> [String] {
    let modifiers = "(?:(?:public|package|internal|private|fileprivate|final|indirect)\\s+)*"
    let pattern = "(?:^|\\n)[ \\t]*\(modifiers)(?:struct|class|enum|actor|protocol)\\s+([A-Z]\\w*)"
    // The pattern is a constant of this file: it is a mistake in it that would trap here.
    let expression = try! Regex(pattern, as: (Substring, Substring).self)
    return code.matches(of: expression).map { String($0.output.1) }
}

/// Functions longer than `limit` lines, found by their indentation: from `func` or `init` to the closing brace in the
/// same column.
private func longFunctions(in file: SourceTree.File, limit: Int) -> [String] {
    var open: (indent: Int, line: Int)?
    var found: [String] = []
    for (number, line) in file.lines.enumerated() {
        let indent = line.prefix { $0 == " " }.count
        let text = line.dropFirst(indent)
        let isStart = text.firstMatch(of: /^(?:[@\w()]+\s+)*(?:func\s+\S+|init[?(<])/) != nil
        if open == nil, isStart { open = (indent, number) }
        if let start = open, text.hasPrefix("}"), indent == start.indent {
            if number - start.line + 1 > limit {
                found.append("\(file.path):\(start.line + 1): \(number - start.line + 1) lines")
            }
            open = nil
        }
        // A requirement of a protocol, or a one-line body, has no closing brace of its own.
        if let start = open, start.line == number, text.hasSuffix("}") || !text.contains("{") && !text.hasSuffix("(") {
            open = nil
        }
    }
    return found
}
