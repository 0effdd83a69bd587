import Torch

/// The symmetric cross entropy of matching annotated points, in the form of CLIP (Radford et al., arXiv:2103.00020,
/// figure 3) with all places of the other image as classes (arXiv:2305.14334).
struct MatchingLoss: Sendable {
    /// Cosines are divided by it before the softmax.
    let temperature: Double

    /// The loss of one pair: the mean over its points.
    /// - Parameters:
    ///   - source: descriptors `[channels, height, width]`.
    ///   - sourceCells: int64, the cell of each point; `targetCells` likewise, in the same order. A cell may be there
    ///     more than once.
    func callAsFunction(
        source: Tensor, target: Tensor, sourceCells: Tensor, targetCells: Tensor
    ) throws(TorchError) -> Tensor {
        let (a, b) = (try Self.directions(source), try Self.directions(target))
        func half(_ from: Tensor, _ cells: Tensor, _ to: Tensor, _ truth: Tensor) throws(TorchError) -> Tensor {
            // Only the rows of annotated points: the reference makes all of the [cells, cells] matrix.
            let rows = try from.selecting(cells, axis: 1).transposed().matmul(to).scaled(by: 1 / temperature)
            return try rows.crossEntropy(truth)
        }
        let forth = try half(a, sourceCells, b, targetCells)
        let back = try half(b, targetCells, a, sourceCells)
        return try (forth + back).scaled(by: 0.5)
    }

    /// `[channels, cells]` with columns of length 1; a descriptor that is zero stays zero.
    static func directions(_ descriptors: Tensor) throws(TorchError) -> Tensor {
        let channels = try descriptors.shape()[0]
        return try descriptors.reshaped([channels, -1]).normalised(axis: 0)
    }
}
