import Torch

/// How several prompts become one text vector.
enum PromptAverage {
    /// The mean of the rows at length 1, itself scaled to length 1.
    /// - Parameter prompts: `[n, D]`
    static func average(_ prompts: Tensor) throws(TorchError) -> Tensor {
        try prompts.normalised(axis: 1).mean(axis: 0).normalised(axis: 0)
    }
}
