public import HyperSchedProtocol
public import Torch

/// Neural-backed decision trees (Wan et al., arXiv:2004.00221).
public final class NBDTWorkload: Workload {
    public static var description: WorkloadDescription { .nbdt }

    let configuration: NBDTConfiguration
    let totalEpochs: Int
    let data: FashionMNIST.Splits
    let network: any ImageClassifier
    /// Nil until the epoch that builds it.
    private(set) var tree: ClassTree?
    private let optimiser: SGD
    private let batcher: ImageBatcher
    private var treeLoss: TreeLoss?

    public convenience init(_ trial: Trial) throws(WorkloadError) {
        let configuration = try NBDTConfiguration(trial.parameters)
        try self.init(trial, data: FashionMNIST.splits(folder: configuration.dataFolder))
    }

    init(_ trial: Trial, data: FashionMNIST.Splits) throws(WorkloadError) {
        let configuration = try NBDTConfiguration(trial.parameters)
        self.configuration = configuration
        totalEpochs = trial.totalEpochs
        self.data = data
        guard configuration.trainImages <= data.training.count else {
            throw WorkloadError(
                .badData,
                "\(configuration.dataFolder): expected \(configuration.trainImages) training images, "
                    + "found \(data.training.count)")
        }
        batcher = ImageBatcher(
            images: data.training, trainImages: configuration.trainImages, epochImages: configuration.epochImages,
            seed: trial.seed, augment: configuration.augment)
        do throws(TorchError) {
            network = try configuration.makeModel(classes: data.training.classes, seed: trial.seed)
            optimiser = try SGD(
                network.parameters, momentum: configuration.momentum, weightDecay: configuration.weightDecay)
        } catch { throw WorkloadError(error) }
    }

    public func steps(inEpoch epoch: Int) -> Int { batcher.order.batches(ofSize: configuration.batchSize) }

    /// Builds or rebuilds the tree where this epoch's start asks for it. Within an epoch the tree is the checkpoint's.
    public func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError) {
        try WorkloadError.lifting { () throws(TorchError) in
            if isNew, configuration.buildsTree(epoch: epoch, totalEpochs: totalEpochs) { tree = try presentTree() }
            guard let tree else { return }
            if treeLoss?.tree != tree { treeLoss = try TreeLoss(tree: tree, term: configuration.treeTerm) }
        }
    }

    public func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult {
        let positions = batcher.order.positions(batch: step, size: configuration.batchSize)
        let batch = try batcher.training(epoch: epoch, positions: positions)
        let weights = configuration.weights(epoch: epoch, total: totalEpochs, hasTree: tree != nil)
        let logits = try network.logits(batch.images, training: true)
        let crossEntropy = try logits.crossEntropy(batch.labels)
        let treeTerm = try treeLoss?(logits, batch.labels)
        var total = weights.crossEntropy == 1 ? crossEntropy : try crossEntropy.scaled(by: weights.crossEntropy)
        if let treeTerm { total = try total + treeTerm.scaled(by: weights.tree) }
        let result = StepResult(
            loss: try total.item(), terms: [try crossEntropy.item(), try treeTerm?.item() ?? 0], samples: batch.count)
        guard result.loss.isFinite else { return result }
        try total.backward()
        try optimiser.step(learningRate: learningRate(epoch: epoch))
        return result
    }

    public func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric] {
        let (tree, evaluation) = try WorkloadError.lifting { () throws(TorchError) in
            // Before the run has a tree, soft and hard accuracy are read through the one that the weights induce.
            var tree = self.tree
            if tree == nil { tree = try presentTree() }
            return (tree!, try NBDTEvaluation(of: network, tree: tree!, on: data.validation))
        }
        var metrics = [
            Metric("val_soft_accuracy", evaluation.soft), Metric("val_hard_accuracy", evaluation.hard),
            Metric("val_flat_accuracy", evaluation.flat), Metric("train_loss", summary.loss),
            Metric("xent_loss", summary.terms[0]),
        ]
        if self.tree != nil { metrics.append(Metric("tree_loss", summary.terms[1])) }
        return metrics + [
            Metric("lr", learningRate(epoch: summary.epoch)), Metric("path_entropy", evaluation.pathEntropy),
            Metric("tree_depth", Double(tree.depth)), Metric("images_per_s", summary.samplesPerSecond),
        ]
    }

    private func learningRate(epoch: Int) -> Double {
        configuration.learningRateSchedule(totalEpochs: totalEpochs).rate(epoch: epoch)
    }

    /// Static, or induced from the present weights.
    func presentTree() throws(TorchError) -> ClassTree {
        try configuration.makeTree(for: network, classes: data.training.classes)
    }

    public var tensors: [NamedTensor] { network.parameters + network.buffers + optimiser.state }

    public var notes: [String: String] {
        var notes = ["classes": String(data.training.classes)]
        notes["tree"] = tree?.text
        return notes
    }

    public func restore(notes: Checkpoint.Notes) throws(WorkloadError) {
        tree = try ClassTree(notes: notes)
    }
}
