import Torch

/// What a network makes of a batch of images, with what attention supervision needs.
struct Reading {
    /// `[N, 1]` with two classes and one output, else `[N, K]`.
    let logits: Tensor
    /// The last feature maps `[N, C, h, w]`, for Grad-CAM; nil where the network does not give them.
    let features: Tensor?
    /// The network's own map `[N, 1, h, w]`, and the logits of the branch that makes it; nil without a branch.
    let branch: AttentionBranch.Result?
}

/// A network from images to logits that shows where it looks.
protocol AttentiveClassifier: Network {
    func read(_ images: Tensor, training: Bool) throws(TorchError) -> Reading
}

/// A network of any kind, as one type.
final class AnyAttentiveClassifier: AttentiveClassifier {
    private let base: any AttentiveClassifier

    init(_ base: any AttentiveClassifier) { self.base = base }

    var parameters: [NamedTensor] { base.parameters }
    var buffers: [NamedTensor] { base.buffers }
    func move(to device: Device) throws(TorchError) { try base.move(to: device) }

    func read(_ images: Tensor, training: Bool) throws(TorchError) -> Reading {
        try base.read(images, training: training)
    }
}
