public import HyperSchedProtocol
public import Torch

/// Trains the denoiser whose features hyperfeatures are made of (Ho, Jain, Abbeel, arXiv:2006.11239, equation 14): the
/// mean squared error of the predicted noise, at timesteps drawn uniformly.
public final class DenoiserWorkload: Workload {
    public static let description = WorkloadDescription(
        name: "train-denoiser", summary: "a small denoising UNet, for the features of hyperfeatures",
        parameters: [
            .init(
                "images", .choice(["fashion_mnist", "folder"]), default: .string("fashion_mnist"),
                help: "Fashion-MNIST, or a folder of PNG or JPEG files"),
            .init(
                "data_dir", .text, default: nil,
                help: "folder with the images (default: where Debian puts Fashion-MNIST)"),
            .init("image_size", .int(8...256), default: .int(32), help: "side of the images, a multiple of 4"),
            .init("width", .int(8...256), default: .int(16), help: "channels at the first level, a multiple of 8"),
            .init("batch_size", .int(1...4096), default: .int(48), help: "images per step"),
            .init("epoch_images", .int(1...10_000_000), default: .int(4800), help: "images that one epoch draws"),
            .init("lr", .real(1e-7...1), default: .real(2e-3), help: "learning rate of AdamW, falling along a cosine"),
            .init("weight_decay", .real(0...1), default: .real(0), help: "weight decay"),
        ], metrics: ["val_loss", "train_loss", "lr", "images_per_s"])

    /// Images that the loss is measured on, with the same noise each time.
    private static let watched = 200

    let network: DenoisingNetwork
    private let images: [ObjectImage]
    private let validation: [ObjectImage]
    private let order: SampleOrder
    private let batchSize: Int
    private let optimiser: AdamW
    private let schedule: RateSchedule
    private let noise: NoiseBatch
    private let trial: Trial

    public init(_ trial: Trial) throws(WorkloadError) {
        let parameters = trial.parameters
        self.trial = trial
        let source = try Self.source(parameters)
        batchSize = parameters.int("batch_size")
        images = try source.images(.denoiser)
        validation = try source.images(.denoiserValidation, limit: Self.watched)
        order = SampleOrder(samples: images.count, perEpoch: parameters.int("epoch_images"), seed: trial.seed)
        schedule = RateSchedule(
            initial: parameters.real("lr"), shape: .cosine(floor: 0.02), total: Double(trial.totalEpochs))
        noise = NoiseBatch(seed: trial.seed)
        let network = try Self.network(parameters, seed: trial.seed)
        self.network = network
        optimiser = try WorkloadError.lifting { () throws(TorchError) in
            try network.move(to: trial.device)
            return try AdamW(network.parameters, weightDecay: parameters.real("weight_decay"))
        }
    }

    static func source(_ parameters: Parameters) throws(WorkloadError) -> ObjectImageSource {
        try ObjectImageSource(
            images: parameters.text("images"), folder: parameters.optionalText("data_dir"),
            size: parameters.int("image_size"))
    }

    static func network(_ parameters: Parameters, seed: UInt64) throws(WorkloadError) -> DenoisingNetwork {
        let width = parameters.int("width")
        guard width % 8 == 0 else {
            throw WorkloadError(.badParameters, "width: expected a multiple of 8, found \(width)")
        }
        let channels = try source(parameters).channels
        return try WorkloadError.lifting { () throws(TorchError) in
            try DenoisingNetwork(channels: channels, width: width, seed: seed)
        }
    }

    public func steps(inEpoch epoch: Int) -> Int { order.batches(ofSize: batchSize) }

    public func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError) {}

    public func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult {
        let batch = order.batch(step, size: batchSize, epoch: epoch).map { images[$0] }
        let loss = try self.loss(batch, number: epoch << 24 + step)
        let value = try loss.item()
        guard value.isFinite else { return StepResult(loss: value, samples: batch.count) }
        try loss.backward()
        try optimiser.step(learningRate: rate(epoch: epoch, step: step))
        return StepResult(loss: value, samples: batch.count)
    }

    private func rate(epoch: Int, step: Int) -> Double {
        schedule.rate(at: Double(epoch) + Double(step) / Double(steps(inEpoch: epoch)))
    }

    /// - Parameter number: of the batch; its noise and timesteps are a function of (seed, number).
    private func loss(_ batch: [ObjectImage], number: Int) throws(TorchError) -> Tensor {
        let made = try noise.make(batch, number: number)
        let predicted = try network(made.noisy.copied(to: trial.device), timesteps: made.timesteps).noise
        return try predicted.meanSquaredError(made.noise.copied(to: trial.device))
    }

    public func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric] {
        let value = try WorkloadError.lifting { () throws(TorchError) in
            try TorchRuntime.withoutGradients { () throws(TorchError) in try loss(validation, number: -1).item() }
        }
        return [
            Metric("val_loss", value), Metric("train_loss", summary.loss),
            Metric("lr", rate(epoch: summary.epoch, step: 0)), Metric("images_per_s", summary.samplesPerSecond),
        ]
    }

    public var tensors: [NamedTensor] { network.tensors + optimiser.state }
}

/// Images with a known amount of known noise.
struct NoiseBatch: Sendable {
    let seed: UInt64
    private let schedule = NoiseSchedule()

    init(seed: UInt64) { self.seed = seed }

    struct Made {
        let noisy: Tensor
        let noise: Tensor
        let timesteps: [Int]
    }

    func make(_ images: [ObjectImage], number: Int) throws(TorchError) -> Made {
        let generator = CounterGenerator(seed: seed, stream: 0x6E6F_6973_65 &+ UInt64(bitPattern: Int64(number)) << 8)
        let timesteps = images.indices.map { generator.below(NoiseSchedule.steps, UInt64($0)) }
        let count = images.first?.pixels.count ?? 0
        var noise: [Float] = []
        var noisy: [Float] = []
        noise.reserveCapacity(images.count * count)
        noisy.reserveCapacity(images.count * count)
        for (index, image) in images.enumerated() {
            let kept = schedule.kept(timesteps[index])
            let (onImage, onNoise) = (Float(kept.squareRoot()), Float((1 - kept).squareRoot()))
            for (place, pixel) in image.pixels.enumerated() {
                let value = Float(generator.normal(UInt64(1 << 40 + index * count + place)))
                noise.append(value)
                noisy.append(onImage * (Float(pixel) / 127.5 - 1) + onNoise * value)
            }
        }
        guard let first = images.first else { throw TorchError(kind: .refused, message: "a batch needs an image") }
        let shape = [images.count, first.channels, first.size, first.size]
        return Made(
            noisy: try Tensor.of(noisy, shape: shape), noise: try Tensor.of(noise, shape: shape), timesteps: timesteps)
    }
}
