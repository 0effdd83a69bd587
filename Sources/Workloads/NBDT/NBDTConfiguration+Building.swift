import Torch

extension NBDTConfiguration {
    /// The weights of the loss terms during an epoch.
    struct Weights {
        let crossEntropy: Double
        let tree: Double
    }

    func makeModel(classes: Int, seed: UInt64) throws(TorchError) -> any ImageClassifier {
        switch model {
        case .cnn: try PlainNetwork(classes: classes, seed: seed)
        case .resnet10: try ResidualNetwork(blocksPerStage: 1, classes: classes, seed: seed)
        case .resnet18: try ResidualNetwork(blocksPerStage: 2, classes: classes, seed: seed)
        }
    }

    /// The tree for a network: static, or induced from the present rows of its last layer.
    func makeTree(for network: any ImageClassifier, classes: Int) throws(TorchError) -> ClassTree {
        switch hierarchy {
        case .flat: return .flat(classes: classes)
        case .random: return .random(classes: classes, seed: hierarchySeed)
        case .induced, .inducedNormalized:
            return .induced(
                rows: try network.classRows(), linkage: linkage, metric: metric,
                normalized: hierarchy == .inducedNormalized)
        }
    }

    func learningRateSchedule(totalEpochs: Int) -> MultiStepSchedule {
        MultiStepSchedule(
            initial: learningRate, factor: learningRateFactor, fractions: milestones, totalEpochs: totalEpochs)
    }

    /// The epoch (from 0) at whose start the tree is built.
    func treeStartEpoch(totalEpochs: Int) -> Int { Int((treeStart * Double(totalEpochs)).rounded()) }

    /// True where a tree is built or rebuilt at the start of this epoch.
    func buildsTree(epoch: Int, totalEpochs: Int) -> Bool {
        let start = treeStartEpoch(totalEpochs: totalEpochs)
        if epoch == start { return true }
        let isUpdate = treeUpdateEvery > 0 && epoch > start && (epoch - start) % treeUpdateEvery == 0
        return isUpdate && Double(epoch) < treeUpdateEnd * Double(totalEpochs)
    }

    /// The weights of both loss terms during an epoch. Before there is a tree the loss is the plain cross entropy.
    func weights(epoch: Int, total: Int, hasTree: Bool) -> Weights {
        guard hasTree else { return Weights(crossEntropy: 1, tree: 0) }
        let squared = treeTerm == .hard && hardWeightSquared ? treeWeight.start : 1
        return Weights(
            crossEntropy: crossEntropyWeight.weight(epoch: epoch, total: total),
            tree: treeWeight.weight(epoch: epoch, total: total) * squared)
    }
}
