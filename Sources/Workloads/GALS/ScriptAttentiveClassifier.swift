import Torch

/// A user's own network as a TorchScript module from images `[N, C, H, W]` to logits, or to a dictionary or tuple of
/// logits and the last feature maps (`features`), which Grad-CAM needs; perhaps also `attention` and
/// `attention_logits`.
final class ScriptAttentiveClassifier: AttentiveClassifier {
    private let module: ScriptModule
    private let outputs: Int

    init(path: String, outputs: Int) throws(TorchError) {
        module = try ScriptModule(path: path)
        self.outputs = outputs
    }

    func read(_ images: Tensor, training: Bool) throws(TorchError) -> Reading {
        try module.setTraining(training)
        let found = try module.call("forward", [images])
        func named(_ name: String, place: Int) -> Tensor? {
            if let tensor = found.first(where: { $0.name == name })?.tensor { return tensor }
            return found.indices.contains(place) && found[place].name.isEmpty ? found[place].tensor : nil
        }
        guard let logits = named("logits", place: 0) else {
            throw TorchError(
                kind: .badFile,
                message:
                    "\(module.path): expected logits, alone, first in a tuple, or under that name in a dictionary; "
                    + "found \(found.map(\.name))")
        }
        let shape = try logits.shape()
        guard shape.count == 2, shape[1] == outputs else {
            throw TorchError(
                kind: .badFile,
                message: "\(module.path): expected logits of shape [N, \(outputs)] (one output for two classes, or "
                    + "separate_classes), found \(shape)")
        }
        var branch: AttentionBranch.Result?
        if let attention = named("attention", place: 2), let own = named("attention_logits", place: 3) {
            branch = AttentionBranch.Result(attention: attention, logits: own)
        }
        return Reading(logits: logits, features: named("features", place: 1), branch: branch)
    }

    var parameters: [NamedTensor] { module.parameters }
    var buffers: [NamedTensor] { module.buffers }
    func move(to device: Device) throws(TorchError) { try module.move(to: device) }
}
