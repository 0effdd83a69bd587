import Torch

/// A network from images to class logits whose last layer is one linear layer, from which trees are induced.
protocol ImageClassifier: Network {
    var classifier: Linear { get }

    /// Logits `[N, K]` of images `[N, 1, H, W]`.
    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor
}

extension ImageClassifier {
    /// The rows of the last layer, one per class, in double precision.
    func classRows() throws(TorchError) -> [[Double]] {
        let shape = try classifier.weight.shape()
        let values = try classifier.weight.values(Float.self)
        return (0..<shape[0]).map { row in values[row * shape[1]..<(row + 1) * shape[1]].map(Double.init) }
    }
}
