import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Checkpoints", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct CheckpointTests {
    /// The checkpoint of a run stopped in its second epoch.
    private func checkpoint(in folder: TemporaryFolder) throws -> String {
        let trainer = try SyntheticImages.training(SyntheticImages.configuration(), folder: folder.path)
        var steps = 0
        let outcome = try trainer.run(
            shouldStop: {
                steps += 1; return steps > 7
            }, report: { _ in })
        #expect(outcome == .stopped(checkpoint: "step-000001-000002", completedEpochs: 1))
        return folder.path + "/step-000001-000002"
    }

    private func message(
        resuming path: String, _ extra: [(name: String, value: ParameterValue)] = [],
        seed: UInt64 = 5, epochs: Int = 4
    ) throws -> String {
        let error = #expect(throws: WorkloadError.self) {
            let configuration = SyntheticImages.configuration(extra)
            _ = try SyntheticImages.training(configuration, seed: seed, epochs: epochs, resume: path)
        }
        #expect(error?.kind == .badData)
        return error?.message ?? ""
    }

    @Test func anotherRunIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = try checkpoint(in: folder)
        #expect(try message(resuming: path, [("lr", .real(0.06))]).hasSuffix("lr: expected 0.06, found 0.05"))
        #expect(try message(resuming: path, seed: 6).hasSuffix("seed: expected 6, found 5"))
        #expect(try message(resuming: path, epochs: 5).hasSuffix("total epochs: expected 5, found 4"))
        // Where the data lies is no part of the configuration.
        let moved = SyntheticImages.configuration([("data_dir", .string("/elsewhere"))])
        #expect(try SyntheticImages.training(moved, resume: path).completedEpochs == 1)
    }

    /// Population based training: other hyperparameters and another seed, but the same shapes and schedule.
    @Test func aChildGoesOnFromItsParents() throws {
        let folder = try TemporaryFolder()
        let path = try checkpoint(in: folder)
        let changed = SyntheticImages.configuration([("lr", .real(0.06)), ("weight_decay", .real(0.01))])
        let child = try SyntheticImages.training(changed, seed: 6, resume: path, isChild: true)
        #expect(child.completedEpochs == 1)
        var epochs: [Int] = []
        #expect(try child.run(shouldStop: { false }, report: { epochs.append($0.epoch) }) == .finished)
        #expect(epochs == [2, 3, 4])
        let error = #expect(throws: WorkloadError.self) {
            try SyntheticImages.training(changed, epochs: 5, resume: path, isChild: true)
        }
        #expect(error?.message.hasSuffix("total epochs: expected 5, found 4") == true)
        let other = SyntheticImages.configuration([("model", .string("resnet10"))])
        #expect(throws: WorkloadError.self) {
            try SyntheticImages.training(other, resume: path, isChild: true)
        }
    }

    @Test(arguments: [
        ("format_version", "99", "format_version: expected at most 1, found 99"),
        ("workload", "other", "workload: expected nbdt, found other"),
        ("configuration", "[]", "configuration: expected a JSON object, found []"),
        ("configuration", #"{"lrr":1}"#, "lrr: unknown parameter of workload nbdt; did you mean lr?"),
        ("tree", "[[0,1]]", "tree: expected a tree over 4 classes, found [[0,1]]"),
        ("pixel_means", "a", "pixel_means: expected 1 numbers, found a"),
        ("class_names", "[]", "class_names: expected a JSON list of 4 texts, found []"),
        ("seed", "x", "seed: expected a whole number, found x"),
    ])
    func wrongMetadataIsRefused(_ key: String, _ value: String, _ expected: String) throws {
        let folder = try TemporaryFolder()
        let path = try checkpoint(in: folder) + "/model.safetensors"
        var file = try SafetensorsFile.read(path)
        file.metadata[key] = value
        try file.encoded().write(to: URL(fileURLWithPath: path))
        let found = try message(resuming: folder.path + "/step-000001-000002")
        #expect(found.hasPrefix(path) && found.hasSuffix(expected), "\(found)")
    }

    @Test func missingTensorsAndFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        let path = try checkpoint(in: folder)
        var file = try SafetensorsFile.read(path + "/model.safetensors")
        file.tensors.removeAll { $0.name == "momentum.conv2.weight" }
        try file.encoded().write(to: URL(fileURLWithPath: path + "/model.safetensors"))
        #expect(try message(resuming: path).contains("expected a tensor 'momentum.conv2.weight', found none"))
        try FileManager.default.removeItem(atPath: path + "/model.safetensors")
        #expect(try message(resuming: path).hasPrefix(path + "/model.safetensors: cannot be read"))
    }
}
