public import HyperSchedProtocol
public import Torch

/// Classifiers with supervised attention (GALS, Petryk et al., arXiv:2202.08926).
public final class GALSWorkload: Workload {
    public static var description: WorkloadDescription { .gals }
    public static let locations: Set<String> = ["data_dir", "index", "attention", "backbone", "pretrained"]

    let configuration: GALSConfiguration
    private let data: GALSData
    private let totalEpochs: Int
    private let parallel: DataParallel<AnyAttentiveClassifier>
    /// The last layer has a learning rate of its own.
    private let optimisers: (base: any Optimiser, classifier: any Optimiser)
    private let batcher: ImageBatcher
    private let stepLoss: AttentionStepLoss
    private let knowledge: GALSNotes

    public convenience init(_ trial: Trial) throws(WorkloadError) {
        let configuration = try GALSConfiguration(trial.parameters)
        try self.init(
            trial, data: configuration.source.read(mapsRequired: configuration.method.needsMaps))
    }

    init(_ trial: Trial, data: GALSData) throws(WorkloadError) {
        let configuration = try GALSConfiguration(trial.parameters)
        self.configuration = configuration
        self.data = data
        totalEpochs = trial.totalEpochs
        let images = data.training.images
        let groups = data.groupNames.count
        if configuration.method.needsMaps, data.training.maps == nil {
            throw WorkloadError(
                .badData,
                "\(configuration.source.attention ?? "attention"): expected maps of training images, found none")
        }
        let statistics = configuration.pixelStatistics(data)
        knowledge = GALSNotes(
            classNames: images.classNames, groupNames: data.groupNames,
            groupCounts: data.training.counts(groups: groups), shape: InputShape(of: images), statistics: statistics)
        batcher = ImageBatcher(
            images: images, statistics: statistics, trainImages: images.count,
            epochImages: configuration.epochImages ?? images.count, seed: trial.seed, augmentation: nil)
        stepLoss = configuration.stepLoss(data.training, groups: groups)
        func makeModel() throws(WorkloadError) -> AnyAttentiveClassifier {
            try configuration.makeModel(
                channels: images.channels, classes: images.classes, seed: trial.seed,
                isContinued: trial.isContinued)
        }
        let first = try makeModel()
        do throws(TorchError) {
            var next: AnyAttentiveClassifier? = first
            parallel = try DataParallel(devices: trial.devices) { () throws(TorchError) in
                defer { next = nil }
                if let next { return next }
                do throws(WorkloadError) { return try makeModel() } catch {
                    throw TorchError(kind: .refused, message: error.message)
                }
            }
            optimisers = try Self.optimisers(first, configuration)
        } catch { throw WorkloadError(error) }
    }

    /// Names that contain `fc` are the last layer's (GALS code).
    private static func optimisers(
        _ network: AnyAttentiveClassifier, _ configuration: GALSConfiguration
    ) throws(TorchError) -> (base: any Optimiser, classifier: any Optimiser) {
        func make(_ parameters: [NamedTensor], _ name: String) throws(TorchError) -> any Optimiser {
            switch configuration.optimisation {
            case .sgd:
                try SGD(
                    parameters, momentum: configuration.momentum, weightDecay: configuration.weightDecay)
            case .adamw: try AdamW(parameters, weightDecay: configuration.weightDecay, name: "adam_" + name)
            }
        }
        let all = network.parameters
        return (
            try make(all.filter { !$0.name.contains("fc") }, "base"),
            try make(all.filter { $0.name.contains("fc") }, "fc")
        )
    }

    var network: AnyAttentiveClassifier { parallel.main }

    public func steps(inEpoch epoch: Int) -> Int { batcher.order.batches(ofSize: configuration.batchSize) }

    public func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError) {}

    public func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult {
        let positions = batcher.order.positions(batch: step, size: configuration.batchSize)
        let indices = batcher.order.indices(epoch: epoch, positions: positions)
        let images = try batcher.training(epoch: epoch, positions: positions).images
        let labels = indices.map { Int(data.training.images.labels[$0]) }
        let groups = indices.map { data.training.groups[$0] }
        let maps = try targets(indices)
        let whole = AttentionStepLoss.Whole(
            samples: indices.count, divisor: stepLoss.classification.divisor(labels: labels),
            withMaps: maps?.samples.count ?? 0)
        let (loss, numbers) = try parallel.accumulate(batch: indices.count) { (replica, range) throws(TorchError) in
            let part = AttentionStepLoss.Part(
                images: try (range.count == indices.count ? images : images.slice(range)).copied(to: replica.device),
                labels: Array(labels[range]), groups: Array(groups[range]), maps: try maps?.part(range))
            let result = try stepLoss(replica.model, part, whole)
            return (result.loss, result.numbers)
        }
        let terms = numbers.dropLast() + [(numbers.last ?? 0) / Double(indices.count)]
        let result = StepResult(loss: loss, terms: Array(terms), samples: indices.count)
        guard loss.isFinite else { return result }
        let time = Double(epoch) + Double(step) / Double(steps(inEpoch: epoch))
        try optimisers.base.step(learningRate: rate(configuration.baseRate, at: time))
        try optimisers.classifier.step(learningRate: rate(configuration.classifierRate, at: time))
        return result
    }

    private func rate(_ initial: Double, at time: Double) -> Double {
        configuration.schedule(initial, totalEpochs: totalEpochs).rate(at: time)
    }

    /// The targets of those images that have a map that says something.
    private func targets(_ indices: [Int]) throws(TorchError) -> TargetMaps.Combined? {
        guard configuration.method.needsMaps, let stored = data.training.maps else { return nil }
        let images = data.training.images
        return try configuration.targetMaps(stored).combine(
            stored.selecting(indices), height: images.height, width: images.width)
    }

    public func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric] {
        let evaluation = try WorkloadError.lifting { () throws(TorchError) in
            try GALSEvaluation(
                of: network, on: data.validation, groupCount: data.groupNames.count,
                statistics: knowledge.statistics, targets: data.validation.maps.map(configuration.targetMaps),
                attentionImages: configuration.attentionImages, device: parallel.replicas[0].device)
        }
        var metrics = [
            Metric("val_balanced_accuracy", evaluation.classes.mean),
            Metric("val_worst_group_accuracy", evaluation.groups.worst),
            Metric("val_accuracy", evaluation.groups.overall),
            Metric("val_group_mean_accuracy", evaluation.groups.mean),
            Metric("val_adjusted_accuracy", evaluation.groups.adjusted(trainingCounts: knowledge.groupCounts)),
        ]
        for (group, accuracy) in evaluation.groups.accuracies.prefix(WorkloadDescription.galsReportedGroups)
            .enumerated()
        {
            if let accuracy { metrics.append(Metric("val_group_\(group)_accuracy", accuracy)) }
        }
        if let outside = evaluation.outsideGradient { metrics.append(Metric("outside_gradient", outside)) }
        if let pointing = evaluation.pointing { metrics.append(Metric("pointing_accuracy", pointing)) }
        return metrics + trainingMetrics(summary)
    }

    private func trainingMetrics(_ summary: EpochSummary) -> [Metric] {
        var metrics = [Metric("train_loss", summary.loss), Metric("class_loss", summary.terms[0])]
        if configuration.method.hasBranch { metrics.append(Metric("branch_loss", summary.terms[1])) }
        if configuration.method.needsMaps {
            metrics.append(Metric("attention_loss", summary.terms[2]))
            metrics.append(Metric("attention_loss_weighted", summary.terms[3]))
        }
        return metrics + [
            Metric("train_accuracy", summary.terms[4]),
            Metric("lr", rate(configuration.baseRate, at: Double(summary.epoch))),
            Metric("images_per_s", summary.samplesPerSecond),
        ]
    }

    public var tensors: [NamedTensor] {
        network.tensors + optimisers.base.state + optimisers.classifier.state
    }

    public var notes: [String: String] { knowledge.values }

    public func restore(notes: Checkpoint.Notes) throws(WorkloadError) {
        let read = try GALSNotes(notes)
        guard read.classNames == knowledge.classNames, read.shape == knowledge.shape else {
            throw notes.wrong(
                "input",
                expected: "images of \(knowledge.shape.text) in the \(knowledge.classNames.count) classes of the data")
        }
    }
}

extension TargetMaps.Combined {
    /// The maps of the samples in a part of the batch, numbered within the part; nil where there are none.
    func part(_ range: Range<Int>) throws(TorchError) -> TargetMaps.Combined? {
        let places = samples.indices.filter { range.contains(samples[$0]) }
        guard let first = places.first, let last = places.last else { return nil }
        return TargetMaps.Combined(
            maps: try maps.slice(first..<last + 1), samples: places.map { samples[$0] - range.lowerBound })
    }
}
