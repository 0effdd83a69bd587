import Torch

extension NBDTConfiguration {
    /// The weights of the loss terms during an epoch.
    struct Weights {
        let crossEntropy: Double
        let tree: Double
    }

    /// The network before training.
    /// - Parameter isContinued: a checkpoint will overwrite all weights; pretrained ones are then not read.
    func makeModel(
        _ shape: InputShape, classes: Int, seed: UInt64, isContinued: Bool
    ) throws(WorkloadError) -> AnyImageClassifier {
        let model = try WorkloadError.lifting { () throws(TorchError) in
            AnyImageClassifier(try makeNetwork(shape, classes: classes, seed: seed))
        }
        if let pretrained, !isContinued { try PretrainedWeights.load(pretrained, into: model) }
        return model
    }

    private func makeNetwork(
        _ shape: InputShape, classes: Int, seed: UInt64
    ) throws(TorchError) -> any ImageClassifier {
        let channels = shape.channels
        return switch model {
        case .cnn: try PlainNetwork(channels: channels, classes: classes, seed: seed)
        case .resnet10: try ResidualNetwork(blocksPerStage: 1, channels: channels, classes: classes, seed: seed)
        case .resnet18: try ResidualNetwork(blocksPerStage: 2, channels: channels, classes: classes, seed: seed)
        case .wrn:
            try WideResidualNetwork(
                depth: wideDepth, widening: wideWidth, channels: channels, classes: classes, seed: seed)
        case .script: try ScriptClassifier(path: backbone ?? "", key: classifierKey, classes: classes)
        }
    }

    /// The tree where it does not depend on weights; nil for induced ones.
    func fixedHierarchy(classNames: [String]) throws(WorkloadError) -> NamedHierarchy? {
        switch hierarchy {
        case .induced, .inducedNormalized: return nil
        case .flat:
            return NamedHierarchy(
                .flat(classes: classNames.count), classIDs: try classIDs(classNames), wordNetFolder: wordNetFolder)
        case .random:
            let tree = ClassTree.random(classes: classNames.count, seed: hierarchySeed, branching: branching)
            // Names of random groups would mislead.
            return NamedHierarchy(
                tree, classIDs: ClassIdentities.numbered(classNames.count), wordNetFolder: wordNetFolder)
        case .wordnet:
            let ids = try ClassIdentities.find(file: wnidsFile, dataset: dataset, classNames: classNames)
            guard let ids else {
                throw WorkloadError(
                    .badParameters,
                    "wnids: expected a file with one WordNet id per class, as hierarchy is wordnet and the classes of "
                        + "\(dataset.rawValue) have none of their own")
            }
            let source = wnidsFile ?? "classes"
            var graph = try HierarchyGraph(classIDs: ids, wordNet: WordNet(folder: wordNetFolder), source: source)
            graph.pruneSingleChildren()
            return try NamedHierarchy(graph, classIDs: ids, source: source)
        case .file:
            let path = hierarchyFile ?? ""
            return try NamedHierarchy(HierarchyGraph.read(path), classIDs: try classIDs(classNames), source: path)
        }
    }

    /// Ids of the classes: WordNet's where they are known, numbers otherwise.
    private func classIDs(_ classNames: [String]) throws(WorkloadError) -> [String] {
        try ClassIdentities.find(file: wnidsFile, dataset: dataset, classNames: classNames)
            ?? ClassIdentities.numbered(classNames.count)
    }

    /// The tree that the present weights of a network induce.
    func inducedHierarchy(
        of network: any ImageClassifier, classNames: [String]
    ) throws(WorkloadError) -> NamedHierarchy {
        let rows = try WorkloadError.lifting { () throws(TorchError) in try network.classRows() }
        let tree = ClassTree.induced(
            rows: rows, linkage: linkage, metric: metric, normalized: hierarchy == .inducedNormalized)
        return NamedHierarchy(tree, classIDs: try classIDs(classNames), wordNetFolder: wordNetFolder)
    }

    /// How training images are changed at random; nil where they are not.
    func augmentation(_ shape: InputShape) -> ImageBatcher.Augmentation? {
        guard augment else { return nil }
        let usual = dataset == .fashionMNIST ? 2 : Swift.max(1, shape.height / 8)
        return ImageBatcher.Augmentation(shift: augmentShift ?? usual)
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
