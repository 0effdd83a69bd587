import Foundation
import HyperSchedProtocol
import Testing
import WorkerAgent

/// Commands with macros against the words that W&B's own agent would run (scripts/agreement-wandb).
@Suite struct WandBCommandTests {
    private struct Reference: Decodable {
        struct Command: Decodable {
            let command: [String]
            let values: Configuration
            let program: String
            let expected: [String]
        }

        let variables: [String: String]
        let commands: [Command]
    }

    @Test func commandsAreExpandedAsWandBDoes() throws {
        let recorded = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "SweepFileTests/WandB/recorded.json")
        let named = ProcessInfo.processInfo.environment["HYPERSCHED_WANDB"].map { URL(filePath: $0) }
        let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: named ?? recorded))
        #expect(reference.commands.count >= 40)
        for each in reference.commands {
            let template = CommandTemplate(
                configuration: each.values, parametersFile: "/params.json", environment: reference.variables,
                program: each.program)
            let words = try template.expand(each.command)
            let isSame = zip(words, each.expected).allSatisfy { $0 == $1 || Self.isSameJSON($0, $1) }
            #expect(words.count == each.expected.count && isSame, "\(each.command): \(words), W&B has \(each.expected)")
        }
    }

    /// `${args_json}`: Python puts spaces into it.
    private static func isSameJSON(_ ours: String, _ theirs: String) -> Bool {
        guard ours.hasPrefix("{"), theirs.hasPrefix("{"),
            let a = try? JSONDecoder().decode(Configuration.self, from: Data(ours.utf8)),
            let b = try? JSONDecoder().decode(Configuration.self, from: Data(theirs.utf8))
        else { return false }
        return a == b
    }
}
