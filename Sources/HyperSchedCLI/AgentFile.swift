import Foundation
import HyperSchedProtocol
import Logging
import WorkerAgent
import Yams

/// What an agent's configuration file says (config/agent.yaml); flags of the command line go before it.
struct AgentFile: Equatable {
    var daemon: String?
    var tokenFile: String?
    var caFile: String?
    var name: String?
    var cpuSlots: Int?
    var gpuSlots: Int?
    var trialsPerGpu: Int?
    var gpuIds: String?
    var nvidiaSmi: String?
    var address: String?
    var labels: [String: String] = [:]
    var workDir: String?
    var trialDir: String?
    var logLevel: String?
    /// `lifetime` or `until`.
    var end: AgentEnd?

    private static let knownKeys = [
        "daemon", "name", "cpuSlots", "gpuSlots", "trialsPerGpu", "gpuIds", "nvidiaSmi", "address", "labels", "workDir",
        "trialDir", "logLevel", "lifetime", "until", "tokenFile", "caFile",
    ]

    /// - Throws: ``CommandFailure`` that names file, line and key, and says what was expected.
    init(yaml text: String, file: String) throws {
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw CommandFailure(.failure, "error: \(file) is not YAML: \(error)")
        }
        // Nothing but comments is a legal file.
        guard let root, root != "" else { return }
        guard let mapping = root.mapping else {
            throw CommandFailure(.failure, "error: \(file): write one `key: value` per line")
        }
        for (key, value) in mapping { try apply(Entry(file: file, key: key.string ?? "", value: value)) }
    }

    init(path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure(.failure, "error: --config \(path): no such file, or it is not readable text")
        }
        try self.init(yaml: text, file: path)
    }

    private mutating func apply(_ entry: Entry) throws {
        switch entry.key {
        case "daemon": daemon = try entry.text("an address such as http://127.0.0.1:8472") { $0.hasPrefix("http") }
        case "tokenFile": tokenFile = try entry.text("a path") { !$0.isEmpty }
        case "caFile": caFile = try entry.text("a path") { !$0.isEmpty }
        case "name": name = try entry.text("a name") { !$0.isEmpty }
        case "cpuSlots": cpuSlots = try entry.count()
        case "gpuSlots": gpuSlots = try entry.count()
        case "trialsPerGpu": trialsPerGpu = try entry.count(1...64)
        case "gpuIds": gpuIds = try entry.text("uuid or index") { AgentOptions.GPUNaming(rawValue: $0) != nil }
        case "nvidiaSmi": nvidiaSmi = try entry.text("a program") { !$0.isEmpty }
        case "address": address = try entry.text("a host name or an address") { !$0.isEmpty }
        case "labels": labels = try entry.pairs()
        case "workDir": workDir = try entry.text("a path") { !$0.isEmpty }
        case "trialDir": trialDir = try entry.text("a path") { !$0.isEmpty }
        case "lifetime", "until": end = try self.end(entry)
        case "logLevel":
            let levels = Logger.Level.allCases.map(\.rawValue)
            logLevel = try entry.text("one of \(levels.joined(separator: ", "))", levels.contains)
        default:
            let nearest = WorkloadDescription.nearest(to: entry.key, among: Self.knownKeys)
            let hint = nearest.map { "; did you mean '\($0)'?" } ?? ";"
            throw entry.failure("unknown key\(hint) Known keys: \(Self.knownKeys.joined(separator: ", "))")
        }
    }

    private func end(_ entry: Entry) throws -> AgentEnd {
        guard end == nil else { throw entry.failure("'lifetime' and 'until' say the same in two ways: keep one") }
        let isLifetime = entry.key == "lifetime"
        let expected = isLifetime ? AgentEnd.lifetimeExpectation : AgentEnd.untilExpectation
        let text = try entry.text(expected) { _ in true }
        guard let end = isLifetime ? AgentEnd(lifetime: text) : AgentEnd(until: text) else {
            throw entry.failure("expected \(expected), found '\(text)'")
        }
        return end
    }

    /// One line of the file.
    private struct Entry {
        let file: String
        let key: String
        let value: Node

        func failure(_ what: String) -> CommandFailure {
            let line = value.mark.map { ":\($0.line)" } ?? ""
            return CommandFailure(.failure, "error: \(file)\(line): \(key): \(what)")
        }

        func text(_ expected: String, _ isLegal: (String) -> Bool) throws -> String {
            guard let text = value.string, isLegal(text) else {
                throw failure("expected \(expected), found '\(value.string ?? "a list or a mapping")'")
            }
            return text
        }

        func count(_ range: ClosedRange<Int> = 0...4096) throws -> Int {
            guard let count = value.int, range.contains(count) else {
                let found = value.string ?? "something else"
                throw failure(
                    "expected a whole number from \(range.lowerBound) to \(range.upperBound), found '\(found)'")
            }
            return count
        }

        func pairs() throws -> [String: String] {
            guard let mapping = value.mapping else { throw failure("expected a mapping such as {zone: a}") }
            var pairs: [String: String] = [:]
            for (key, value) in mapping {
                guard let key = key.string, let value = value.string else { throw failure("expected text values") }
                pairs[key] = value
            }
            return pairs
        }
    }
}
