import Torch

/// Trains one augmentation network per target domain, one after another, and keeps of each the weights with the
/// lowest loss on the validation rows.
final class AugmentationStage {
    /// What is remembered of a network: lowest validation loss, its domain alignment and class consistency, its epoch.
    static let recordWidth = 4

    let tasks: [AugmentationTask]
    private let configuration: LADSConfiguration
    private let seed: UInt64
    private let width: Int
    private let loss: AugmentationLoss
    private let order: SampleOrder
    private let training: Rows
    private let validation: Rows
    /// The network that is being trained, for all tasks in turn.
    private let parallel: DataParallel<AugmentationNetwork>
    private let optimiser: AdamW
    private let best: [AugmentationNetwork]
    /// `[tasks, 4]` float64
    private let record: Tensor

    /// Rows with what each task wants of them.
    private struct Rows {
        let features: Tensor
        let labels: [Int]
        let weights: [Double]
        /// Per task.
        let places: [[Int]]
        var count: Int { labels.count }
    }

    init(
        _ configuration: LADSConfiguration, data: EmbeddingData, trial: Trial
    ) throws(TorchError) {
        self.configuration = configuration
        seed = trial.seed
        tasks = try configuration.tasks(data.texts, targets: data.targetDomains)
        width = try data.training.features.shape()[1]
        loss = AugmentationLoss(
            alpha: configuration.alpha, neighbourWeight: configuration.neighbourWeight,
            form: configuration.directionLoss)
        order = SampleOrder(samples: data.training.count, seed: seed, use: 1)
        let weights = configuration.classWeights(data.training.labels, classes: data.classes)
        training = try Self.rows(data.training, weights, tasks, configuration)
        validation = try Self.rows(data.validation, weights, tasks, configuration)
        let (width, hidden, seed) = (width, configuration.hidden, seed)
        parallel = try DataParallel(devices: trial.devices) { () throws(TorchError) in
            try AugmentationNetwork(width: width, hidden: hidden, seed: AugmentationNetwork.seed(seed, number: 0))
        }
        optimiser = try AdamW(
            parallel.main.parameters, weightDecay: configuration.augmentationDecay, form: configuration.optimiserForm,
            name: "aug_adam")
        var best: [AugmentationNetwork] = []
        for number in tasks.indices {
            best.append(
                try AugmentationNetwork(
                    width: width, hidden: hidden, seed: AugmentationNetwork.seed(seed, number: number)))
        }
        self.best = best
        record = try Tensor.full([tasks.count, Self.recordWidth], .infinity, type: .float64)
    }

    private static func rows(
        _ rows: EmbeddingRows, _ weights: [Double], _ tasks: [AugmentationTask], _ configuration: LADSConfiguration
    ) throws(TorchError) -> Rows {
        var places: [[Int]] = []
        for task in tasks { places.append(try task.places(of: rows, trustsDomains: configuration.trustsDomains)) }
        return Rows(
            features: try rows.features.normalised(axis: 1), labels: rows.labels, weights: weights, places: places)
    }

    var batches: Int { order.batches(ofSize: configuration.batchSize) }

    // MARK: Training

    /// One optimiser step. The terms are the three parts of the loss.
    func step(_ place: LADSPlan.AugmentationPlace) throws(TorchError) -> StepResult {
        if place.epoch == 0, place.batch == 0 {
            try parallel.main.copyValues(from: best[place.network])
            try optimiser.reset()
        }
        let indices = order.batch(place.batch, size: configuration.batchSize, epoch: place.epoch)
        let batch = try self.batch(training, indices, network: place.network)
        let (value, terms) = try parallel.accumulate(batch: indices.count) { (replica, part) throws(TorchError) in
            let own = try batch.copied(to: replica.device)
            let terms = try loss(replica.model(own.rows.slice(part)), own, part: part)
            return (terms.total, try terms.numbers())
        }
        let result = StepResult(loss: value, terms: terms, samples: indices.count)
        guard value.isFinite else { return result }
        try optimiser.step(learningRate: configuration.augmentationRate)
        if place.isLastOfEpoch { try keepIfBest(place) }
        return result
    }

    private func batch(_ rows: Rows, _ indices: [Int], network: Int) throws(TorchError) -> AugmentationLoss.Batch {
        let task = tasks[network]
        let labels = indices.map { rows.labels[$0] }
        let places = indices.map { Int64(rows.places[network][$0]) }
        return AugmentationLoss.Batch(
            rows: try rows.features.selecting(Tensor.of(indices.map(Int64.init)), axis: 0),
            directions: try task.directions.selecting(Tensor.of(places), axis: 0),
            labels: try Tensor.of(labels.map(Int64.init)), classTexts: task.classTexts,
            classWeights: try Tensor.of(rows.weights.map { Float($0) }),
            weightSum: labels.reduce(0) { $0 + rows.weights[$1] })
    }

    private func keepIfBest(_ place: LADSPlan.AugmentationPlace) throws(TorchError) {
        let losses = try validationLosses(network: place.network)
        var values = try record.values(Double.self)
        let start = place.network * Self.recordWidth
        // The first epoch is kept whatever it is, so that the record always is of the weights that are kept.
        guard losses[0] < values[start] else { return }
        try best[place.network].copyValues(from: parallel.main)
        values.replaceSubrange(start..<start + Self.recordWidth, with: losses + [Double(place.epoch)])
        try record.copy(from: Tensor.of(values, shape: [tasks.count, Self.recordWidth]))
    }

    /// Total, domain alignment and class consistency on the validation rows: means over batches, as in the authors'
    /// code.
    private func validationLosses(network: Int) throws(TorchError) -> [Double] {
        try TorchRuntime.withoutGradients { () throws(TorchError) in
            var sums = [0.0, 0, 0]
            var batches = 0.0
            let device = parallel.replicas[0].device
            for start in stride(from: 0, to: validation.count, by: configuration.batchSize) {
                let indices = Array(start..<min(start + configuration.batchSize, validation.count))
                // A batch of rows whose classes have no training rows has nothing to be weighed by.
                guard indices.contains(where: { validation.weights[validation.labels[$0]] > 0 }) else { continue }
                let batch = try self.batch(validation, indices, network: network).copied(to: device)
                let terms = try loss(parallel.main(batch.rows), batch, part: 0..<indices.count)
                let numbers = [try terms.total.item(), try terms.directional.item(), try terms.classes.item()]
                sums = zip(sums, numbers).map { $0 + $1 }
                batches += 1
            }
            return sums.map { $0 / batches }
        }
    }

    // MARK: Using

    /// What the kept weights make of rows: of length 1, with the domain that was aimed at.
    func augmented(_ rows: EmbeddingRows, network: Int) throws(TorchError) -> EmbeddingRows {
        let moved = try TorchRuntime.withoutGradients { () throws(TorchError) in
            try best[network](rows.features.normalised(axis: 1)).normalised(axis: 1)
        }
        let task = tasks[network]
        let places = try task.places(of: rows, trustsDomains: configuration.trustsDomains)
        return EmbeddingRows(
            features: moved, labels: rows.labels, domains: task.domains(after: rows, places: places))
    }

    /// Validation loss, its two parts, epoch (from 1): of the kept weights, as means over the networks.
    func summary() throws(TorchError) -> [Double] {
        let values = try record.values(Double.self)
        return (0..<Self.recordWidth).map { column in
            let sum = tasks.indices.reduce(0.0) { $0 + values[$1 * Self.recordWidth + column] }
            return sum / Double(tasks.count) + (column == 3 ? 1 : 0)
        }
    }

    var tensors: [NamedTensor] {
        let kept = best.enumerated().flatMap { number, network in
            network.tensors.map { $0.prefixed("aug\(number).") }
        }
        return parallel.main.tensors.map { $0.prefixed("aug.") } + optimiser.state + kept
            + [NamedTensor(name: "aug_record", tensor: record)]
    }
}

extension AugmentationLoss.Batch {
    func copied(to device: Device) throws(TorchError) -> AugmentationLoss.Batch {
        guard device != .cpu else { return self }
        return AugmentationLoss.Batch(
            rows: try rows.copied(to: device), directions: try directions.copied(to: device),
            labels: try labels.copied(to: device), classTexts: try classTexts.copied(to: device),
            classWeights: try classWeights.copied(to: device), weightSum: weightSum)
    }
}

extension AugmentationLoss.Terms {
    func numbers() throws(TorchError) -> [Double] {
        [try directional.item(), try classes.item(), try neighbours?.item() ?? 0]
    }
}
