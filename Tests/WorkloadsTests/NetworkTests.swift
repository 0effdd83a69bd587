import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Networks and weights to start from", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct NetworkTests {
    private func count(_ network: any Network) throws -> Int {
        try network.parameters.reduce(0) { try $0 + $1.tensor.shape().reduce(1, *) }
    }

    /// The numbers of parameters that are known for these networks.
    @Test func sizes() throws {
        #expect(try count(PlainNetwork(channels: 1, classes: 10, seed: 0)) == 24_058)
        #expect(try count(ResidualNetwork(blocksPerStage: 2, channels: 3, classes: 10, seed: 0)) == 11_173_962)
        let wide = try WideResidualNetwork(depth: 16, widening: 4, channels: 3, classes: 10, seed: 0)
        #expect(try count(wide) == 2_748_890)
        let images = try Tensor.zeros([2, 3, 32, 32])
        #expect(try wide.logits(images, training: false).shape() == [2, 10])
        #expect(try wide.classRows().count == 10)
        let names = Set(wide.tensors.map(\.name))
        #expect(
            names.isSuperset(of: ["conv1.weight", "block2.layer.0.convShortcut.weight", "bn1.running_mean", "fc.bias"]))
    }

    @Test func startsFromACheckpointOrAFile() throws {
        let folder = try TemporaryFolder()
        let training = try SyntheticImages.training(SyntheticImages.configuration(), epochs: 1, folder: folder.path)
        _ = try training.run(shouldStop: { false }, report: { _ in })
        let trained = training.workload.network
        let renamed = SafetensorsFile(tensors: trained.tensors.map { $0.prefixed("module.") })
        let path = folder.path + "/weights.safetensors"
        try renamed.encoded().write(to: URL(fileURLWithPath: path))
        for source in [folder.path + "/step-000001", path] {
            let configuration = SyntheticImages.configuration([("pretrained", .string(source))])
            let started = try SyntheticImages.training(configuration, seed: 9).workload.network
            for (a, b) in zip(trained.tensors, started.tensors) {
                #expect(try a.tensor.isEqual(to: b.tensor), "\(a.name)")
            }
        }
        let wrong = SyntheticImages.configuration([("pretrained", .string(path)), ("model", .string("resnet10"))])
        let error = #expect(throws: WorkloadError.self) { _ = try SyntheticImages.training(wrong) }
        #expect(error?.message.hasPrefix("\(path): expected shape [64, 1, 3, 3] for 'conv1.weight', found") == true)
    }

    /// Once there is a checkpoint the weights that a run started from are no longer needed.
    @Test(.enabled(if: FashionMNIST.isInstalled, "dataset-fashion-mnist is not installed"))
    func pretrainedWeightsAreReadOnce() throws {
        let folder = try TemporaryFolder()
        func trial(_ extra: [(name: String, value: ParameterValue)], epochs: Int) throws -> Trial {
            let small: [(name: String, value: ParameterValue)] = [
                ("train_images", .int(64)), ("batch_size", .int(32)), ("tree_start", .real(0)),
            ]
            return try Trial(Configuration(small + extra), of: .nbdt, seed: 1, totalEpochs: epochs)
        }
        let base = folder.path + "/base"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        _ = try TrainingRun<NBDTWorkload>(trial([], epochs: 1), checkpointFolder: base)
            .run(shouldStop: { false }, report: { _ in })
        let tuned = try trial([("pretrained", .string(base + "/step-000001"))], epochs: 2)
        var steps = 0
        let outcome = try TrainingRun<NBDTWorkload>(tuned, checkpointFolder: folder.path).run(
            shouldStop: {
                steps += 1
                return steps > 1
            }, report: { _ in })
        guard case .stopped(let name?, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        try FileManager.default.removeItem(atPath: base)
        let again = try TrainingRun<NBDTWorkload>(
            tuned, checkpointFolder: folder.path, resume: folder.path + "/" + name)
        #expect(try again.run(shouldStop: { false }, report: { _ in }) == .finished)
        let found = try NBDTInspection.evaluate(checkpoint: folder.path + "/step-000002", split: .validation)
        #expect(found.images == 5_000)
        let missing = #expect(throws: WorkloadError.self) { _ = try TrainingRun<NBDTWorkload>(tuned) }
        #expect(missing?.message.contains("/base/step-000001/model.safetensors: cannot be read") == true)
    }

    @Test(.enabled(if: PythonTorch.isPresent, "/usr/bin/python3 has no torch to write a module with"))
    func aTorchScriptBackboneTrainsAndResumes() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/backbone.pt"
        let program = """
            import torch
            torch.manual_seed(1)
            class M(torch.nn.Module):
                def __init__(self):
                    super().__init__()
                    self.body = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.BatchNorm2d(8),
                                                    torch.nn.ReLU())
                    self.fc = torch.nn.Linear(8 * 64, 4)
                def forward(self, x):
                    return self.fc(self.body(x).flatten(1))
            torch.jit.save(torch.jit.script(M()), "\(path)")
            """
        #expect(PythonTorch.run(program) == 0)
        let configuration = SyntheticImages.configuration([
            ("model", .string("script")), ("backbone", .string(path)), ("lr", .real(0.01)), ("tree_start", .real(0)),
        ])
        try ResumeCheck.run(stepsPerAttempt: 4) { folder, resume in
            try SyntheticImages.training(configuration, folder: folder, resume: resume)
        }
        let log = ReportLog()
        _ = try SyntheticImages.training(configuration, epochs: 10).run(shouldStop: { false }, report: log.add)
        #expect(try #require(log.reports.last?["val_flat_accuracy"]) > 0.9)
        let other = SyntheticImages.configuration([
            ("model", .string("script")), ("backbone", .string(path)), ("classifier_key", .string("head.weight")),
        ])
        let error = #expect(throws: WorkloadError.self) { _ = try SyntheticImages.training(other) }
        #expect(error?.message.contains("expected the last layer's weights as one of head.weight") == true)
    }
}
