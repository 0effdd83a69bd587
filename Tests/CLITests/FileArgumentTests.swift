import ArgumentParser
import Foundation
import HyperSchedProtocol
import Testing

@testable import HyperSchedCLI

/// What is said beside a sweep file.
@Suite struct FileArgumentTests {
    private static func file(_ text: String) throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "hypersched-cli-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: url)
        return url.path()
    }

    @Test func aFileAloneStaysAsItIs() throws {
        let path = try Self.file("---\nmethod: random\n\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try FileArgument.parse([path]).text() == "---\nmethod: random\n\n")
    }

    @Test func furtherFilesAndOptionsAreFurtherDocuments() throws {
        let (first, second) = (try Self.file("a: 1\n"), try Self.file("b: 2"))
        defer { for path in [first, second] { try? FileManager.default.removeItem(atPath: path) } }
        let arguments = [
            first, "-f", second, "--deadline", "6h", "--max-steps", "30", "--metric", "val/acc", "--goal", "maximize",
        ]
        #expect(
            try FileArgument.parse(arguments).text()
                == """
                a: 1

                ---
                b: 2
                ---
                metric: {name: "val/acc", goal: maximize}
                hypersched:
                  in: "6h"
                  steps: {max: 30}
                """)
        let dated = try FileArgument.parse([first, "--deadline", "2026-12-01T08:00:00Z"]).text()
        #expect(dated.hasSuffix("hypersched:\n  deadline: \"2026-12-01T08:00:00Z\""))
    }

    @Test(arguments: [["--deadline", "6"], ["--deadline", "08:00"], ["--max-steps", "0"], ["--goal", "maximize"]])
    func wrongOptionsAreRefused(_ options: [String]) {
        #expect(throws: (any Error).self) { try FileArgument.parse(["a.yaml"] + options) }
    }

    @Test func experimentsAreImported() throws {
        let path = try Self.file(
            """
            name: m
            hyperparameters: {lr: {type: log, minval: -4, maxval: -1}}
            searcher: {name: random, metric: loss, max_trials: 3}
            entrypoint: python3 t.py
            """)
        let output = path + ".out"
        defer { for path in [path, output] { try? FileManager.default.removeItem(atPath: path) } }
        let command = try #require(try RootCommand.parseAsRoot(["import", path, "-o", output]) as? ImportCommand)
        try command.run()
        let text = try String(contentsOfFile: output, encoding: .utf8)
        #expect(text.hasPrefix("# imported from determined\n# still to be said: ") && text.contains("max: 0.1"))
        #expect(throws: CommandFailure.self) { try command.run() }
        #expect(throws: (any Error).self) { try ImportCommand.parse([path, "--format", "ray"]) }
    }
}
