import Torch

/// Trains the probe on fixed rows.
final class ProbeStage {
    private let configuration: LADSConfiguration
    private let order: SampleOrder
    private let parallel: DataParallel<LinearProbe>
    private let optimiser: AdamW

    /// - Parameter rows: how many the probe is trained on.
    init(
        _ configuration: LADSConfiguration, rows: Int, data: EmbeddingData, trial: Trial
    ) throws(TorchError) {
        self.configuration = configuration
        order = SampleOrder(samples: rows, seed: trial.seed, use: 2)
        let width = try data.training.features.shape()[1]
        let start = configuration.method == .zeroShotStart ? try configuration.zeroShotMatrix(data.texts) : nil
        let seed = LinearProbe.seed(trial.seed)
        let classes = data.classes
        parallel = try DataParallel(devices: trial.devices) { () throws(TorchError) in
            try LinearProbe(width: width, classes: classes, seed: seed, texts: start)
        }
        optimiser = try AdamW(
            parallel.main.parameters, weightDecay: configuration.weightDecay, form: configuration.optimiserForm,
            name: "probe_adam")
    }

    var batches: Int { order.batches(ofSize: configuration.batchSize) }
    var probe: LinearProbe { parallel.main }
    var tensors: [NamedTensor] { parallel.main.tensors + optimiser.state }

    /// One optimiser step on rows with class weights.
    func step(
        _ batch: Int, epoch: Int, on rows: EmbeddingRows, weights: [Double]
    ) throws(TorchError) -> (loss: Double, samples: Int) {
        let indices = order.batch(batch, size: configuration.batchSize, epoch: epoch)
        let labels = indices.map { rows.labels[$0] }
        let features = try rows.features.selecting(Tensor.of(indices.map(Int64.init)), axis: 0)
        let targets = try Tensor.of(labels.map(Int64.init))
        let factors = try Tensor.of(weights.map { Float($0) })
        let sum = labels.reduce(0) { $0 + weights[$1] }
        let (loss, _) = try parallel.accumulate(batch: indices.count) { (replica, part) throws(TorchError) in
            let device = replica.device
            let logits = try replica.model(features.slice(part).copied(to: device))
            let share = try logits.crossEntropy(
                targets.slice(part).copied(to: device), classWeights: factors.copied(to: device), reduction: .sum)
            return (try share.scaled(by: 1 / sum), [])
        }
        if loss.isFinite { try optimiser.step(learningRate: configuration.learningRate) }
        return (loss, indices.count)
    }
}

extension LinearProbe {
    /// The seed of a run's probe.
    static func seed(_ seed: UInt64) -> UInt64 { CounterGenerator(seed: seed, stream: 0x70_726F_6265).bits(0) }
}
