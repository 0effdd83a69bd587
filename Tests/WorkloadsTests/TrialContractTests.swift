import Foundation
import HyperSchedProtocol
import Testing

@testable import Workloads

@Suite("What a trial reads and prints")
struct TrialContractTests {
    @Test func reportLines() throws {
        var line = ReportLine(
            step: 3, metrics: [Metric("acc", 0.875), Metric("loss", .nan), Metric("top", .infinity)],
            checkpoint: "step-000003")
        line.setupSeconds = 0.5
        let expected =
            #"[tune-metric]: {"step": 3, "acc": 0.875, "loss": "NaN", "top": "Infinity", "setup_time_s": 0.5, "#
            + #""checkpoint": "step-000003"}"#
        #expect(line.text == expected)
        let json = try #require(line.text.split(separator: ": ", maxSplits: 1).last)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.utf8)) }
        #expect(
            ReportLine.stopped(checkpoint: "step-000003-000012", step: 3)
                == #"[hypersched]: {"checkpoint": "step-000003-000012", "step": 3}"#)
    }

    @Test func environmentAndOptions() throws {
        let environment = TrialEnvironment([
            "HYPERSCHED_SEED": "18446744073709551615", "HYPERSCHED_MAX_STEPS": "30", "HYPERSCHED_SLOTS": "2",
            "HYPERSCHED_CHECKPOINT_DIR": "/c", "HYPERSCHED_RESUME_FROM": "",
        ])
        #expect(try environment.seed(nil) == UInt64.max)
        #expect(try environment.seed(7) == 7)
        #expect(try environment.totalEpochs(nil) == 30)
        #expect(try environment.threads(nil) == 2)
        #expect(environment.checkpointFolder == "/c")
        #expect(environment.resumeFrom == nil)
        let byHand = TrialEnvironment([:])
        #expect(try byHand.totalEpochs(nil) == 10 && byHand.threads(nil) == 1 && byHand.seed(nil) == 0)
    }

    @Test(arguments: ["MAX_STEPS", "SLOTS", "SEED"]) func badNumbersAreNamed(_ name: String) {
        for text in ["x", "-1", "1.5"] {
            let environment = TrialEnvironment(["HYPERSCHED_" + name: text])
            let error = #expect(throws: WorkloadError.self) {
                _ = try environment.totalEpochs(nil)
                _ = try environment.threads(nil)
                _ = try environment.seed(nil)
            }
            #expect(error?.kind == .badParameters)
            #expect(error?.message.hasPrefix("HYPERSCHED_\(name): expected") == true)
            #expect(error?.message.hasSuffix("found \(text)") == true)
        }
    }

    @Test func settingsGoOnTopOfTheParametersFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/params.json"
        try Data(#"{"lr": 0.5, "batch_size": 32, "augment": true}"#.utf8).write(to: URL(fileURLWithPath: path))
        let environment = TrialEnvironment(["HYPERSCHED_PARAMS_FILE": path])
        let configuration = try NBDTConfiguration(
            try environment.configuration(overriddenBy: ["lr=0.25", "data_dir=/a=b"], of: .nbdt))
        #expect(configuration.learningRate == 0.25)
        #expect(configuration.batchSize == 32)
        #expect(configuration.augment)
        #expect(configuration.source == .fashionMNIST(folder: "/a=b"))
        for (settings, expected) in [
            (["lr"], "--set: expected NAME=VALUE, found lr"),
            (["lrr=1"], "lrr: unknown parameter of workload nbdt; did you mean lr?"),
        ] {
            let error = #expect(throws: WorkloadError.self) {
                _ = try environment.configuration(overriddenBy: settings, of: .nbdt)
            }
            #expect(error?.message == expected)
        }
    }

    @Test func aParametersFileThatIsNoObjectIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/params.json"
        try Data("[1]".utf8).write(to: URL(fileURLWithPath: path))
        for file in [path, folder.path + "/none.json"] {
            let error = #expect(throws: WorkloadError.self) {
                _ = try TrialEnvironment(["HYPERSCHED_PARAMS_FILE": file])
                    .configuration(overriddenBy: [], of: .nbdt)
            }
            #expect(error?.kind == .badParameters)
            #expect(error?.message.hasPrefix(file) == true)
        }
    }
}
