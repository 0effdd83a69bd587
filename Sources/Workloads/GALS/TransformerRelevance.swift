public import Torch

/// Where a vision transformer looked, from its attention and the gradients of a score with respect to it (Chefer et
/// al., arXiv:2103.15679, equations 5 and 6): one way to make maps for attention supervision.
public enum TransformerRelevance {
    /// R = I; per block R = R + mean over heads of relu(gradient x attention) R; the first row, without its first
    /// place, as a square.
    /// - Parameters:
    ///   - attention: `[blocks, heads, T, T]`, rows attend to columns, place 0 is the class token.
    ///   - gradients: the same shape.
    /// - Returns: `[1, 1, g, g]` with g^2 = T - 1, not normalised.
    public static func map(attention: Tensor, gradients: Tensor) throws(TorchError) -> Tensor {
        let shape = try attention.shape()
        guard shape.count == 4, shape[2] == shape[3], try gradients.shape() == shape else {
            throw TorchError(
                kind: .badFile,
                message: "attention and gradients: expected one shape [blocks, heads, T, T], found \(shape) and "
                    + "\(try gradients.shape())")
        }
        let side = Int(Double(shape[2] - 1).squareRoot().rounded())
        guard side > 0, side * side == shape[2] - 1 else {
            throw TorchError(
                kind: .badFile,
                message: "attention: expected T = 1 + g^2 places, a class token and a square of g^2 patches, found "
                    + "\(shape[2])")
        }
        var relevance = try Tensor.identity(shape[2], type: attention.type())
        for block in 0..<shape[0] {
            let product = try gradients.slice(block..<block + 1) * attention.slice(block..<block + 1)
            let weights = try product.relu().mean(axes: [0, 1])
            relevance = try relevance + weights.matmul(relevance)
        }
        return try relevance.slice(0..<1).slice(1..<shape[2], axis: 1).reshaped([1, 1, side, side])
    }
}
