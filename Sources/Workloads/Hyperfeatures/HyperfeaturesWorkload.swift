public import HyperSchedProtocol
public import Torch

/// Diffusion Hyperfeatures (Luo et al., arXiv:2305.14334): joins a denoiser's features of many layers and timesteps
/// into descriptors that find corresponding points.
public final class HyperfeaturesWorkload: Workload {
    public static var description: WorkloadDescription { .hyperfeatures }
    public static let locations: Set<String> = [
        "data_dir", "features_dir", "images_dir", "features_memory_mb", "pretrained",
    ]

    let configuration: HyperfeaturesConfiguration
    let store: FeatureStore
    let network: AggregationNetwork
    /// The size of the descriptor maps, and the one that they are matched at.
    let extent: ImageExtent
    let matchExtent: ImageExtent
    private let training: [KeypointPair]
    private let validation: [KeypointPair]
    private let order: SampleOrder
    private let parallel: DataParallel<AggregationNetwork>
    private let blockOptimiser: AdamW
    private let mixingOptimiser: AdamW

    public init(_ trial: Trial) throws(WorkloadError) {
        let configuration = try HyperfeaturesConfiguration(trial.parameters)
        self.configuration = configuration
        training = try configuration.sizedPairs(.train)
        validation = try configuration.sizedPairs(.val)
        store = try FeatureStore(
            folder: configuration.featureFolder, image: training[0].source, selection: configuration.selection,
            npyChannels: configuration.npyLayers, memoryLimit: configuration.memory)
        let largest = store.layout.extent
        extent = configuration.outputSize.map { ImageExtent(width: $0, height: $0) } ?? largest
        matchExtent = configuration.matchSize.map { ImageExtent(width: $0, height: $0) } ?? extent
        order = SampleOrder(samples: training.count, perEpoch: configuration.epochPairs, seed: trial.seed)
        let shape = configuration.networkShape(store.layout)
        do throws(TorchError) {
            parallel = try DataParallel(devices: trial.devices) { () throws(TorchError) in
                try AggregationNetwork(shape, seed: trial.seed)
            }
            network = parallel.main
            blockOptimiser = try AdamW(network.blockParameters, weightDecay: configuration.weightDecay)
            mixingOptimiser = try AdamW(network.mixingParameters, weightDecay: 0, name: "adam_mixing")
        } catch { throw WorkloadError(error) }
        if let pretrained = configuration.pretrained { try PretrainedWeights.load(pretrained, into: network) }
    }

    public func steps(inEpoch epoch: Int) -> Int { order.batches(ofSize: configuration.pairsPerStep) }

    public func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError) {}

    public func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult {
        let pairs = order.batch(step, size: configuration.pairsPerStep, epoch: epoch).map { training[$0] }
        let (loss, _) = try parallel.accumulate(batch: pairs.count) { (replica, part) throws(TorchError) in
            (try share(replica, Array(pairs[part])).scaled(by: 1 / Double(pairs.count)), [])
        }
        guard loss.isFinite else { return StepResult(loss: loss, samples: pairs.count) }
        try blockOptimiser.step(learningRate: configuration.learningRate)
        try mixingOptimiser.step(learningRate: configuration.learningRate * configuration.mixingFactor)
        return StepResult(loss: loss, samples: pairs.count)
    }

    /// The sum of the pairs' losses: each is the mean over its own points, so that a pair counts as much as any other
    /// however many points it has, and wherever it is computed.
    private func share(
        _ replica: DataParallel<AggregationNetwork>.Replica, _ pairs: [KeypointPair]
    ) throws(TorchError) -> Tensor {
        let images = pairs.flatMap { [$0.source, $0.target] }
        let features = try store.batch(images, on: replica.device)
        let maps = try replica.model(features, height: extent.height, width: extent.width)
        var total: Tensor?
        for (number, pair) in pairs.enumerated() {
            let source = try maps.slice(2 * number..<2 * number + 1).droppingAxis(0)
            let target = try maps.slice(2 * number + 1..<2 * number + 2).droppingAxis(0)
            let loss = try HyperfeaturesEvaluation.loss(source, target, pair, configuration.temperature)
            total = try total.map { (sum) throws(TorchError) in try sum + loss } ?? loss
        }
        guard let total else { throw TorchError(kind: .refused, message: "a step needs at least one pair") }
        return total
    }

    public func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric] {
        let evaluation = try evaluate(validation)
        let mixing = try WorkloadError.lifting { () throws(TorchError) in
            MixingWeights(layout: store.layout, weights: try network.mixing().values(Float.self).map(Double.init))
        }
        let accuracy = evaluation.accuracy
        let best = mixing.ranked[0]
        return [
            Metric("val_pck_bbox", accuracy.perPoint.byBox), Metric("val_pck_img", accuracy.perPoint.byImage),
            Metric("val_pck_bbox_per_image", accuracy.perImage.byBox), Metric("val_loss", evaluation.loss),
            Metric("train_loss", summary.loss), Metric("mixing_entropy", mixing.entropy),
            Metric("top_timestep", Double(best.timestep)), Metric("top_layer", Double(best.layer)),
            Metric("top_weight", best.weight), Metric("pairs_per_s", summary.samplesPerSecond),
        ]
    }

    /// Measures the network on pairs that it was not trained on.
    func evaluate(_ pairs: [KeypointPair]) throws(WorkloadError) -> HyperfeaturesEvaluation {
        try WorkloadError.lifting { () throws(TorchError) in
            try HyperfeaturesEvaluation(
                pairs, matchExtent: matchExtent, fraction: configuration.fraction,
                temperature: configuration.temperature
            ) { (pair) throws(TorchError) in
                let features = try store.batch([pair.source, pair.target], on: parallel.replicas[0].device)
                return try network(features, height: extent.height, width: extent.width)
            }
        }
    }

    public var tensors: [NamedTensor] { network.tensors + blockOptimiser.state + mixingOptimiser.state }

    public var notes: [String: String] {
        var notes = ["features": store.layout.text, "output_extent": extent.description]
        notes["feature_origin"] = store.origin
        return notes
    }

    /// A checkpoint goes on with the features that it was trained on and no others.
    public func restore(notes: Checkpoint.Notes) throws(WorkloadError) {
        for (key, mine) in [("features", store.layout.text), ("feature_origin", store.origin)] where notes[key] != mine
        {
            throw notes.wrong(key, expected: mine.map { "\($0), as in \(store.folder)" } ?? "none")
        }
    }
}
