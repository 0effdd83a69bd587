import Torch

/// A user's own network as a TorchScript module from images `[N, C, H, W]` to logits `[N, K]`.
final class ScriptClassifier: ImageClassifier {
    /// Where the last layer's weights are looked for, in this order; the list of the NBDT code.
    static let knownKeys = [
        "fc.weight", "linear.weight", "module.linear.weight", "module.net.linear.weight", "output.weight",
        "module.output.weight", "output.fc.weight", "module.output.fc.weight", "classifier.weight",
        "model.last_layer.3.weight",
    ]

    private let module: ScriptModule
    private let place: Int

    /// - Parameter key: the name of the last layer's weights; nil for the first of the known ones.
    /// - Throws: `.badFile` where the module has no such weights, or not one row per class.
    init(path: String, key: String?, classes: Int) throws(TorchError) {
        module = try ScriptModule(path: path)
        let names = module.parameters.map(\.name)
        let keys = key.map { [$0] } ?? Self.knownKeys
        guard let found = keys.first(where: names.contains), let place = names.firstIndex(of: found) else {
            throw TorchError(
                kind: .badFile,
                message: "\(path): expected the last layer's weights as one of \(keys.joined(separator: ", ")); "
                    + "classifier_key names another. Found \(names.suffix(6).joined(separator: ", "))")
        }
        let shape = try module.parameters[place].tensor.shape()
        guard shape.count >= 2, shape[0] == classes, shape.dropFirst(2).allSatisfy({ $0 == 1 }) else {
            throw TorchError(
                kind: .badFile,
                message: "\(path): expected \(found) with \(classes) rows, one per class, found shape "
                    + "\(shape)")
        }
        self.place = place
    }

    var classWeights: Tensor { module.parameters[place].tensor }

    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor {
        try module.setTraining(training)
        return try module(images)
    }

    var parameters: [NamedTensor] { module.parameters }
    var buffers: [NamedTensor] { module.buffers }
    func move(to device: Device) throws(TorchError) { try module.move(to: device) }
}
