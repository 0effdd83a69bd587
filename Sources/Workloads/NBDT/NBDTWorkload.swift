public import HyperSchedProtocol
public import Torch

/// Neural-backed decision trees (Wan et al., arXiv:2004.00221).
public final class NBDTWorkload: Workload {
    public static var description: WorkloadDescription { .nbdt }
    public static let locations: Set<String> = [
        "data_dir", "backbone", "pretrained", "hierarchy_file", "wnids", "wordnet_dir",
    ]

    let configuration: NBDTConfiguration
    let data: ImageSplits
    /// Nil until the epoch that builds it.
    private(set) var hierarchy: NamedHierarchy?
    private let totalEpochs: Int
    private let fixedHierarchy: NamedHierarchy?
    private let parallel: DataParallel<AnyImageClassifier>
    private let optimiser: SGD
    private let batcher: ImageBatcher
    private let shape: InputShape
    /// One per replica.
    private var treeLosses: [TreeLoss] = []

    public convenience init(_ trial: Trial) throws(WorkloadError) {
        try self.init(trial, data: NBDTConfiguration(trial.parameters).source.splits())
    }

    init(_ trial: Trial, data: ImageSplits) throws(WorkloadError) {
        let configuration = try NBDTConfiguration(trial.parameters)
        self.configuration = configuration
        self.data = data
        totalEpochs = trial.totalEpochs
        shape = InputShape(of: data.training)
        let classNames = data.training.classNames
        fixedHierarchy = try configuration.fixedHierarchy(classNames: classNames)
        batcher = try Self.batcher(configuration, data, seed: trial.seed)
        let (shape, seed, isContinued) = (shape, trial.seed, trial.isContinued)
        func makeModel() throws(WorkloadError) -> AnyImageClassifier {
            try configuration.makeModel(shape, classes: classNames.count, seed: seed, isContinued: isContinued)
        }
        let first = try makeModel()
        do throws(TorchError) {
            var next: AnyImageClassifier? = first
            parallel = try DataParallel(devices: trial.devices) { () throws(TorchError) in
                defer { next = nil }
                if let next { return next }
                do throws(WorkloadError) {
                    return try makeModel()
                } catch { throw TorchError(kind: .refused, message: error.message) }
            }
            optimiser = try SGD(
                first.parameters, momentum: configuration.momentum, weightDecay: configuration.weightDecay)
        } catch { throw WorkloadError(error) }
    }

    private static func batcher(
        _ configuration: NBDTConfiguration, _ data: ImageSplits, seed: UInt64
    ) throws(WorkloadError) -> ImageBatcher {
        let available = data.training.count
        let used = configuration.trainImages ?? available
        let perEpoch = configuration.epochImages ?? used
        for (name, wanted) in [("train_images", used), ("epoch_images", perEpoch)] where wanted > available {
            throw WorkloadError(.badData, "\(name): expected at most the \(available) training images, found \(wanted)")
        }
        return ImageBatcher(
            images: data.training, statistics: data.statistics, trainImages: used, epochImages: perEpoch, seed: seed,
            augmentation: configuration.augmentation(InputShape(of: data.training)))
    }

    var network: AnyImageClassifier { parallel.main }
    var tree: ClassTree? { hierarchy?.tree }

    public func steps(inEpoch epoch: Int) -> Int { batcher.order.batches(ofSize: configuration.batchSize) }

    /// Builds or rebuilds the tree where this epoch's start asks for it. Within an epoch the tree is the checkpoint's.
    public func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError) {
        if isNew, configuration.buildsTree(epoch: epoch, totalEpochs: totalEpochs) {
            hierarchy = try presentHierarchy()
        }
        guard let tree, treeLosses.first?.tree != tree else { return }
        treeLosses = try WorkloadError.lifting { () throws(TorchError) in
            var losses: [TreeLoss] = []
            for replica in parallel.replicas {
                losses.append(try TreeLoss(tree: tree, term: configuration.treeTerm, device: replica.device))
            }
            return losses
        }
    }

    public func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult {
        let positions = batcher.order.positions(batch: step, size: configuration.batchSize)
        let batch = try batcher.training(epoch: epoch, positions: positions)
        let weights = configuration.weights(epoch: epoch, total: totalEpochs, hasTree: tree != nil)
        let (loss, terms) = try parallel.accumulate(batch: batch.count) { (replica, part) throws(TorchError) in
            try share(replica, batch, part, weights)
        }
        let result = StepResult(loss: loss, terms: terms, samples: batch.count)
        guard loss.isFinite else { return result }
        try optimiser.step(learningRate: learningRate(epoch: epoch))
        return result
    }

    /// The part of the batch's mean losses that comes from these images.
    private func share(
        _ replica: DataParallel<AnyImageClassifier>.Replica, _ batch: ImageBatcher.Batch, _ part: Range<Int>,
        _ weights: NBDTConfiguration.Weights
    ) throws(TorchError) -> (loss: Tensor, numbers: [Double]) {
        let whole = part.count == batch.count
        let images = try whole ? batch.images : batch.images.slice(part)
        let labels = try (whole ? batch.labels : batch.labels.slice(part)).copied(to: replica.device)
        let fraction = Double(part.count) / Double(batch.count)
        let logits = try replica.model.logits(images.copied(to: replica.device), training: true)
        let crossEntropy = try logits.crossEntropy(labels)
        let factor = weights.crossEntropy * fraction
        var total = factor == 1 ? crossEntropy : try crossEntropy.scaled(by: factor)
        let place = parallel.replicas.firstIndex { $0.model === replica.model } ?? 0
        guard treeLosses.indices.contains(place) else { return (total, [try crossEntropy.item() * fraction, 0]) }
        let treeTerm = try treeLosses[place](logits, labels)
        total = try total + treeTerm.scaled(by: weights.tree * fraction)
        return (total, [try crossEntropy.item() * fraction, try treeTerm.item() * fraction])
    }

    public func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric] {
        // Before the run has a tree, soft and hard accuracy are read through the one that the weights induce.
        let tree: ClassTree
        if let known = self.tree { tree = known } else { tree = try presentHierarchy().tree }
        let evaluation = try WorkloadError.lifting { () throws(TorchError) in
            try NBDTEvaluation(
                of: network, tree: tree, on: data.validation, statistics: data.statistics,
                device: parallel.replicas[0].device)
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

    /// Fixed, or induced from the present weights.
    private func presentHierarchy() throws(WorkloadError) -> NamedHierarchy {
        if let fixedHierarchy { return fixedHierarchy }
        return try configuration.inducedHierarchy(of: network, classNames: data.training.classNames)
    }

    public var tensors: [NamedTensor] { network.tensors + optimiser.state }

    public var notes: [String: String] {
        NBDTNotes(
            classNames: data.training.classNames, shape: shape, statistics: data.statistics, hierarchy: hierarchy
        ).values
    }

    public func restore(notes: Checkpoint.Notes) throws(WorkloadError) {
        let read = try NBDTNotes(notes)
        guard read.classNames == data.training.classNames, read.shape == shape else {
            throw notes.wrong(
                "input", expected: "images of \(shape.text) in the \(data.training.classes) classes of the data")
        }
        hierarchy = read.hierarchy
    }
}
