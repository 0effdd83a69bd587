import Foundation
import Testing
import Torch

@Suite(
    "TorchScript modules", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"),
    .enabled(if: PythonTorch.isPresent, "/usr/bin/python3 has no torch to write a module with"))
struct ScriptModuleTests {
    private func module() throws -> String {
        let path = NSTemporaryDirectory() + "/hypersched-\(UUID().uuidString).pt"
        let program = """
            import torch
            class M(torch.nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = torch.nn.Linear(2, 3)
                    self.bn = torch.nn.BatchNorm1d(3)
                    torch.nn.init.constant_(self.fc.weight, 0.5)
                    torch.nn.init.constant_(self.fc.bias, 1.0)
                def forward(self, x):
                    return self.bn(self.fc(x))
                @torch.jit.export
                def parts(self, x):
                    return {"double": 2 * x, "fc": self.fc(x)}
            torch.jit.save(torch.jit.script(M()), "\(path)")
            """
        #expect(PythonTorch.run(program) == 0)
        return path
    }

    @Test func callsAndTrains() throws {
        let path = try module()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let module = try ScriptModule(path: path)
        #expect(module.parameters.map(\.name) == ["fc.weight", "fc.bias", "bn.weight", "bn.bias"])
        #expect(module.buffers.map(\.name).contains("bn.running_mean"))
        let x = try Tensor.of([1, 3] as [Float], shape: [1, 2])
        let parts = try module.call("parts", [x])
        let named = Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.tensor) })
        #expect(try named["double"]?.values(Float.self) == [2, 6])
        #expect(try named["fc"]?.detached().values(Float.self) == [3, 3, 3])
        try module.setTraining(false)
        try module.move(to: .cpu)
        let before = try module(x).detached().values(Float.self)
        try module(x).sum().backward()
        let optimiser = try SGD(module.parameters, momentum: 0, weightDecay: 0)
        try optimiser.step(learningRate: 0.1)
        #expect(try module(x).detached().values(Float.self) != before)
        #expect(throws: TorchError.self) { _ = try module.call("nothing", [x]) }
    }

    @Test func otherFilesAreNamed() throws {
        let path = NSTemporaryDirectory() + "/hypersched-\(UUID().uuidString).pt"
        try Data("not a module".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        for file in [path, "/none/module.pt"] {
            let error = #expect(throws: TorchError.self) { _ = try ScriptModule(path: file) }
            #expect(error?.kind == .badFile)
            #expect(error?.message.hasPrefix(file + ": ") == true, "\(error?.message ?? "")")
        }
    }
}
