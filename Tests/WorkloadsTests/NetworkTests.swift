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
