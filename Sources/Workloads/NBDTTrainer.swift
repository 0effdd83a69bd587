import HyperSchedProtocol
import Torch

/// Trains one configuration, epoch by epoch, and can stop and go on at any optimiser step without a trace: all draws
/// are functions of (seed, epoch, position), and a checkpoint holds everything else.
public final class NBDTTrainer {
    /// What `run` ended with.
    public enum Outcome: Equatable, Sendable {
        case finished
        /// Asked to stop; a checkpoint with this name was written, where there is a folder for it.
        case stopped(checkpoint: String?, completedEpochs: Int)
        /// The loss was not finite.
        case diverged(loss: Double, epoch: Int, batch: Int)
    }

    public let configuration: NBDTConfiguration
    public let totalEpochs: Int
    let seed: UInt64
    let data: FashionMNIST.Splits
    let step: NBDTStep
    var tree: ClassTree?
    var progress = NBDTProgress()
    private let batcher: ImageBatcher
    private let checkpointFolder: String?
    private var treeLoss: TreeLoss?

    /// - Parameter resume: a checkpoint directory of this very run.
    public convenience init(
        configuration: NBDTConfiguration, seed: UInt64, totalEpochs: Int, checkpointFolder: String?,
        resume: String? = nil
    ) throws(WorkloadError) {
        let data = try FashionMNIST.splits(folder: configuration.dataFolder)
        try self.init(
            configuration: configuration, seed: seed, totalEpochs: totalEpochs, data: data,
            checkpointFolder: checkpointFolder, resume: resume)
    }

    init(
        configuration: NBDTConfiguration, seed: UInt64, totalEpochs: Int, data: FashionMNIST.Splits,
        checkpointFolder: String?, resume: String?
    ) throws(WorkloadError) {
        self.configuration = configuration
        self.seed = seed
        self.totalEpochs = totalEpochs
        self.data = data
        self.checkpointFolder = checkpointFolder
        guard configuration.trainImages <= data.training.count else {
            throw WorkloadError(
                .badData,
                "\(configuration.dataFolder): expected \(configuration.trainImages) training images, "
                    + "found \(data.training.count)")
        }
        batcher = ImageBatcher(
            images: data.training, trainImages: configuration.trainImages, epochImages: configuration.epochImages,
            seed: seed, augment: configuration.augment)
        do throws(TorchError) {
            let network = try configuration.makeModel(classes: data.training.classes, seed: seed)
            step = try NBDTStep(
                network: network, momentum: configuration.momentum, weightDecay: configuration.weightDecay)
        } catch { throw WorkloadError(error) }
        if let resume { try restore(from: resume) }
    }

    /// Completed epochs.
    public var completedEpochs: Int { progress.epoch }

    /// Runs until all epochs are done, the loss is not finite, or `shouldStop` answers true after an optimiser step.
    public func run(
        shouldStop: () -> Bool, report: (NBDTReport) throws(WorkloadError) -> Void
    ) throws(WorkloadError) -> Outcome {
        while progress.epoch < totalEpochs {
            let started = ContinuousClock.now
            let before = progress.images
            if let outcome = try WorkloadError.lifting({ () throws(TorchError) in try runEpoch(shouldStop) }) {
                guard case .stopped = outcome else { return outcome }
                return .stopped(checkpoint: try save(stopping: true), completedEpochs: progress.epoch)
            }
            let rate = Double(progress.images - before) / ((ContinuousClock.now - started) / .seconds(1))
            try finishEpoch(imagesPerSecond: rate, report)
        }
        return .finished
    }

    /// Runs the rest of the epoch at hand; nil where it was done to its end.
    private func runEpoch(_ shouldStop: () -> Bool) throws(TorchError) -> Outcome? {
        try prepareTree()
        let rate = configuration.learningRateSchedule(totalEpochs: totalEpochs).rate(epoch: progress.epoch)
        let weights = configuration.weights(epoch: progress.epoch, total: totalEpochs, hasTree: tree != nil)
        let size = configuration.batchSize
        while progress.batch * size < configuration.epochImages {
            if shouldStop() { return .stopped(checkpoint: nil, completedEpochs: progress.epoch) }
            let start = progress.batch * size
            let positions = start..<min(start + size, configuration.epochImages)
            let batch = try batcher.training(epoch: progress.epoch, positions: positions)
            let losses = try step(batch, treeLoss: treeLoss, weights: weights, learningRate: rate)
            guard losses.total.isFinite else {
                return .diverged(loss: losses.total, epoch: progress.epoch, batch: progress.batch)
            }
            progress.add(losses, images: batch.count)
        }
        return nil
    }

    /// Builds or rebuilds the tree where this epoch's start asks for it. Within an epoch the tree is the checkpoint's.
    private func prepareTree() throws(TorchError) {
        if progress.batch == 0, configuration.buildsTree(epoch: progress.epoch, totalEpochs: totalEpochs) {
            tree = try presentTree()
        }
        guard let tree else { return }
        if treeLoss?.tree != tree { treeLoss = try TreeLoss(tree: tree, term: configuration.treeTerm) }
    }

    private func presentTree() throws(TorchError) -> ClassTree {
        try configuration.makeTree(for: step.network, classes: data.training.classes)
    }

    /// Before the run has a tree, soft and hard accuracy are read through the one that the present weights induce.
    private func evaluationTree() throws(WorkloadError) -> ClassTree {
        if let tree { return tree }
        return try WorkloadError.lifting(presentTree)
    }

    private func finishEpoch(
        imagesPerSecond: Double, _ report: (NBDTReport) throws(WorkloadError) -> Void
    ) throws(WorkloadError) {
        let ended = progress
        let tree = try evaluationTree()
        let evaluation = try WorkloadError.lifting { () throws(TorchError) in
            try NBDTEvaluation(of: step.network, tree: tree, on: data.validation)
        }
        progress.best = max(progress.best, evaluation.soft)
        progress.finishEpoch()
        let metrics = metrics(ended, evaluation, depth: tree.depth, imagesPerSecond)
        let checkpoint = try save(stopping: false)
        try report(NBDTReport(epoch: progress.epoch, metrics: metrics, checkpoint: checkpoint))
    }

    private func metrics(
        _ ended: NBDTProgress, _ evaluation: NBDTEvaluation, depth: Int, _ imagesPerSecond: Double
    ) -> [(name: String, value: Double)] {
        let count = Double(max(ended.images, 1))
        let rate = configuration.learningRateSchedule(totalEpochs: totalEpochs).rate(epoch: ended.epoch)
        var metrics: [(name: String, value: Double)] = [
            ("val_soft_accuracy", evaluation.soft), ("val_hard_accuracy", evaluation.hard),
            ("val_flat_accuracy", evaluation.flat), ("train_loss", ended.totalLoss / count),
            ("xent_loss", ended.crossEntropy / count),
        ]
        if tree != nil { metrics.append(("tree_loss", ended.treeLoss / count)) }
        return metrics + [
            ("lr", rate), ("path_entropy", evaluation.pathEntropy), ("tree_depth", Double(depth)),
            ("images_per_s", imagesPerSecond),
        ]
    }

    private var tensors: [NamedTensor] {
        step.network.parameters + step.network.buffers + step.optimiser.velocities
    }

    /// Writes a checkpoint of the present state and returns its name; nil where none is kept.
    private func save(stopping: Bool) throws(WorkloadError) -> String? {
        guard let checkpointFolder else { return nil }
        let bytes = try WorkloadError.lifting { () throws(TorchError) in
            try NBDTCheckpoint.encode(
                tensors: tensors, configuration: configuration, seed: seed, totalEpochs: totalEpochs,
                classes: data.training.classes, tree: tree, progress: progress
            ).encoded()
        }
        let name = progress.checkpointName(stopping: stopping)
        try CheckpointFolder.write(bytes, folder: checkpointFolder, name: name)
        return name
    }

    private func restore(from folder: String) throws(WorkloadError) {
        let checkpoint = try NBDTCheckpoint(folder: folder)
        try checkpoint.check(configuration: configuration, seed: seed, totalEpochs: totalEpochs)
        try checkpoint.restore(tensors)
        tree = checkpoint.tree
        progress = checkpoint.progress
    }
}
