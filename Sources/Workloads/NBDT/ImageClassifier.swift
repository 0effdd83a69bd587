import Torch

/// A network from images to class logits whose last layer is one linear layer, from which trees are induced.
protocol ImageClassifier: Network {
    /// The last layer's weights, `[K, D]`, or `[K, D, 1, 1]` where it is a convolution.
    var classWeights: Tensor { get }

    /// Logits `[N, K]` of images `[N, C, H, W]`.
    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor
}

extension ImageClassifier {
    /// The rows of the last layer, one per class, in double precision.
    func classRows() throws(TorchError) -> [[Double]] {
        let classes = try classWeights.shape()[0]
        let values = try classWeights.detached().converted(to: .float64).values(Double.self)
        let width = values.count / classes
        return (0..<classes).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}
