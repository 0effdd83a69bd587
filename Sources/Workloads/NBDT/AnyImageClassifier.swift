import Torch

/// A network of any kind, as one type.
final class AnyImageClassifier: ImageClassifier {
    private let base: any ImageClassifier

    init(_ base: any ImageClassifier) { self.base = base }

    var classWeights: Tensor { base.classWeights }
    var parameters: [NamedTensor] { base.parameters }
    var buffers: [NamedTensor] { base.buffers }
    func move(to device: Device) throws(TorchError) { try base.move(to: device) }

    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor {
        try base.logits(images, training: training)
    }
}
