import Torch

/// Class activation maps weighted by gradients (Selvaraju et al., arXiv:1610.02391, equations 1 and 2).
enum GradCAM {
    /// The sum over samples of the score of each one's label: its logit, or its probability where there is one output
    /// (as the GALS code).
    static func score(logits: Tensor, labels: Tensor) throws(TorchError) -> Tensor {
        guard try logits.shape()[1] == 1 else {
            return try logits.gathering(labels.insertingAxis(1), axis: 1).sum()
        }
        let positive = try logits.sigmoid()
        let sign = try labels.insertingAxis(1).converted(to: logits.type()).scaled(by: 2, adding: -1)
        // p for label 1, 1 - p for label 0.
        return try (sign * positive).sum() + (1 - sign).sum().scaled(by: 0.5)
    }

    /// relu(sum over channels of (mean over places of d score / d features) x features): `[N, 1, h, w]`.
    /// - Parameters:
    ///   - features: `[N, C, h, w]`, which `score` was computed from.
    ///   - differentiable: for a loss on the map.
    static func map(score: Tensor, features: Tensor, differentiable: Bool) throws(TorchError) -> Tensor {
        let gradient = try score.gradient(of: features, differentiable: differentiable, keepingGraph: true)
        let weights = try gradient.mean(axes: [2, 3], keepingAxes: true)
        return try (weights * features).sum(axes: [1], keepingAxes: true).relu()
    }
}
