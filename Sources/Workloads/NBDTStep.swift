import Torch

/// One optimiser step on one batch: forward, losses, backward, SGD.
final class NBDTStep {
    struct Weights {
        let crossEntropy: Double
        let tree: Double
    }

    /// Mean losses of a batch. `tree` is nil where there is no tree.
    struct Losses {
        let total: Double
        let crossEntropy: Double
        let tree: Double?
    }

    let network: any ImageClassifier
    let optimiser: SGD

    init(network: any ImageClassifier, momentum: Double, weightDecay: Double) throws(TorchError) {
        self.network = network
        optimiser = try SGD(network.parameters, momentum: momentum, weightDecay: weightDecay)
    }

    /// Where the loss is not finite the parameters are left as they were.
    func callAsFunction(
        _ batch: ImageBatcher.Batch, treeLoss: TreeLoss?, weights: Weights, learningRate: Double
    ) throws(TorchError) -> Losses {
        let logits = try network.logits(batch.images, training: true)
        let crossEntropy = try logits.crossEntropy(batch.labels)
        let tree = try treeLoss?(logits, batch.labels)
        var total = weights.crossEntropy == 1 ? crossEntropy : try crossEntropy.scaled(by: weights.crossEntropy)
        if let tree { total = try total + tree.scaled(by: weights.tree) }
        let losses = Losses(total: try total.item(), crossEntropy: try crossEntropy.item(), tree: try tree?.item())
        guard losses.total.isFinite else { return losses }
        try total.backward()
        try optimiser.step(learningRate: learningRate)
        return losses
    }
}
