import Torch

/// Classification by the nearest text (Radford et al., arXiv:2103.00020).
enum ZeroShot {
    /// CLIP's logit scale after its training.
    static let scale = 100.0

    /// - Parameters:
    ///   - rows: `[N, D]`
    ///   - texts: `[K, D]`
    static func logits(_ rows: Tensor, texts: Tensor) throws(TorchError) -> Tensor {
        try rows.normalised(axis: 1).matmul(texts.normalised(axis: 1).transposed()).scaled(by: scale)
    }

    /// The mean of two classifiers' probabilities.
    static func ensemble(_ first: Tensor, _ second: Tensor) throws(TorchError) -> Tensor {
        try (first + second).scaled(by: 0.5)
    }
}
