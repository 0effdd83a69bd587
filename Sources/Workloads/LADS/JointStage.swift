import Torch

/// The baseline that trains probe and augmentation networks together (E2E in the paper's code): (1 - alpha) times the
/// probe's cross entropy on the rows and on what the networks make of them, plus alpha times domain alignment of the
/// moved rows at length 1, plus weights times 1 - cosine of row and moved row and class consistency; the last three as
/// means over the networks.
final class JointStage {
    /// All that is trained.
    final class Model: Network {
        let networks: [AugmentationNetwork]
        let probe: LinearProbe

        init(networks: [AugmentationNetwork], probe: LinearProbe) {
            self.networks = networks
            self.probe = probe
        }

        var augmentationParameters: [NamedTensor] {
            networks.enumerated().flatMap { number, network in network.parameters.map { $0.prefixed("aug\(number).") } }
        }

        var parameters: [NamedTensor] { augmentationParameters + probe.parameters }
    }

    private let configuration: LADSConfiguration
    private let order: SampleOrder
    private let tasks: [AugmentationTask]
    private let rows: Tensor
    private let labels: [Int]
    private let places: [[Int]]
    private let weights: [Double]
    private let loss: AugmentationLoss
    private let parallel: DataParallel<Model>
    private let augmentationOptimiser: AdamW
    private let probeOptimiser: AdamW

    init(_ configuration: LADSConfiguration, data: EmbeddingData, trial: Trial) throws(TorchError) {
        self.configuration = configuration
        order = SampleOrder(samples: data.training.count, seed: trial.seed, use: 2)
        let tasks = try configuration.tasks(data.texts, targets: data.targetDomains)
        self.tasks = tasks
        rows = try data.training.features.normalised(axis: 1)
        labels = data.training.labels
        var places: [[Int]] = []
        for task in tasks {
            places.append(try task.places(of: data.training, trustsDomains: configuration.trustsDomains))
        }
        self.places = places
        weights = configuration.classWeights(labels, classes: data.classes)
        loss = AugmentationLoss(alpha: configuration.alpha, form: configuration.directionLoss)
        let width = try data.training.features.shape()[1]
        let (classes, seed, hidden) = (data.classes, trial.seed, configuration.hidden)
        parallel = try DataParallel(devices: trial.devices) { () throws(TorchError) in
            var networks: [AugmentationNetwork] = []
            for number in tasks.indices {
                networks.append(
                    try AugmentationNetwork(
                        width: width, hidden: hidden, seed: AugmentationNetwork.seed(seed, number: number)))
            }
            return Model(
                networks: networks,
                probe: try LinearProbe(width: width, classes: classes, seed: LinearProbe.seed(seed)))
        }
        augmentationOptimiser = try AdamW(
            parallel.main.augmentationParameters, weightDecay: configuration.augmentationDecay,
            form: configuration.optimiserForm, name: "aug_adam")
        probeOptimiser = try AdamW(
            parallel.main.probe.parameters, weightDecay: configuration.weightDecay, form: configuration.optimiserForm,
            name: "probe_adam")
    }

    var batches: Int { order.batches(ofSize: configuration.batchSize) }
    var probe: LinearProbe { parallel.main.probe }
    var tensors: [NamedTensor] { parallel.main.tensors + augmentationOptimiser.state + probeOptimiser.state }

    func step(_ batch: Int, epoch: Int) throws(TorchError) -> (loss: Double, samples: Int) {
        let indices = order.batch(batch, size: configuration.batchSize, epoch: epoch)
        let (loss, _) = try parallel.accumulate(batch: indices.count) { (replica, part) throws(TorchError) in
            (try share(replica, indices, part), [])
        }
        guard loss.isFinite else { return (loss, indices.count) }
        try augmentationOptimiser.step(learningRate: configuration.augmentationRate)
        try probeOptimiser.step(learningRate: configuration.learningRate)
        return (loss, indices.count)
    }

    /// The part of the batch's loss that comes from these rows.
    private func share(
        _ replica: DataParallel<Model>.Replica, _ indices: [Int], _ part: Range<Int>
    ) throws(TorchError) -> Tensor {
        let count = Double(indices.count)
        let own = part.map { indices[$0] }
        let x = try rows.selecting(Tensor.of(own.map(Int64.init)), axis: 0).copied(to: replica.device)
        let targets = try Tensor.of(own.map { Int64(labels[$0]) }).copied(to: replica.device)
        let factors = try Tensor.of(weights.map { Float($0) }).copied(to: replica.device)
        let sum = indices.reduce(0) { $0 + weights[labels[$1]] }
        var inputs = configuration.includesOriginal ? [x] : []
        var terms: [Tensor] = []
        for (number, task) in tasks.enumerated() {
            let moved = try replica.model.networks[number](x)
            let unit = try moved.normalised(axis: 1)
            inputs.append(unit)
            let places = own.map { Int64(self.places[number][$0]) }
            let directions = try task.directions.selecting(Tensor.of(places), axis: 0).copied(to: replica.device)
            // The sums below are of this part; the batch's counts make them shares.
            let whole = AugmentationLoss.Batch(
                rows: x, directions: directions, labels: targets,
                classTexts: try task.classTexts.copied(to: replica.device), classWeights: factors, weightSum: sum)
            let aligned = try loss(unit, whole, part: 0..<part.count)
            let fraction = Double(part.count) / count
            let kept = try (1 - x.cosineSimilarity(moved, axis: 1)).sum().scaled(by: 1 / count)
            let alignment = configuration.alpha * configuration.jointDirectionWeight * fraction
            let term =
                try aligned.directional.scaled(by: alignment)
                + kept.scaled(by: configuration.jointKeepWeight)
                + aligned.classes.scaled(by: configuration.jointClassWeight)
            terms.append(try term.scaled(by: 1 / Double(tasks.count)))
        }
        let logits = try replica.model.probe(Tensor.concatenated(inputs))
        let repeated = try Tensor.concatenated(inputs.map { _ in targets })
        var total = try logits.crossEntropy(repeated, classWeights: factors, reduction: .sum)
            .scaled(by: (1 - configuration.alpha) / (sum * Double(inputs.count)))
        for term in terms { total = try total + term }
        return total
    }
}
