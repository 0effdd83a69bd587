public import HyperSchedProtocol
public import Torch

/// Latent augmentation using domain descriptions (Dunlap et al., arXiv:2210.09520): an augmentation network per target
/// domain, trained from texts alone, then a linear probe on the rows and on what the networks make of them.
///
/// All networks are trained before the first report: their losses say nothing of the objective, so they are a fixed
/// cost of a trial. An epoch is one of the probe.
public final class LADSWorkload: Workload {
    public static var description: WorkloadDescription { .lads }
    public static let locations: Set<String> = ["embeddings"]

    let configuration: LADSConfiguration
    let data: EmbeddingData
    /// Only where the method trains networks before the probe.
    let augmentation: AugmentationStage?
    private let probeStage: ProbeStage?
    private let jointStage: JointStage?
    private let kept: KeptProbe?
    private let zeroShot: Tensor
    private let plan: LADSPlan
    private let digest: String
    /// What the probe is trained on, once the networks are done.
    private var trainingRows: (rows: EmbeddingRows, weights: [Double])?

    public convenience init(_ trial: Trial) throws(WorkloadError) {
        let configuration = try LADSConfiguration(trial.parameters)
        try self.init(trial, data: configuration.readData())
    }

    /// - Parameter data: prepared by the configuration.
    init(_ trial: Trial, data: EmbeddingData) throws(WorkloadError) {
        let configuration = try LADSConfiguration(trial.parameters)
        self.configuration = configuration
        self.data = data
        let method = configuration.method
        do throws(TorchError) {
            digest = try data.digest()
            zeroShot = try configuration.zeroShotMatrix(data.texts)
            augmentation = method == .lads ? try AugmentationStage(configuration, data: data, trial: trial) : nil
            jointStage = method == .e2e ? try JointStage(configuration, data: data, trial: trial) : nil
            let hasProbe = method != .e2e && method != .zeroShot
            let networks = try configuration.tasks(data.texts, targets: data.targetDomains).count
            probeStage =
                hasProbe
                ? try ProbeStage(
                    configuration, rows: Self.rowCount(configuration, data, networks: networks), data: data,
                    trial: trial)
                : nil
            let probe = probeStage?.probe ?? jointStage?.probe
            let width = try data.training.features.shape()[1]
            if let probe {
                kept = try KeptProbe(like: probe, width: width, classes: data.classes)
            } else {
                kept = nil
            }
        } catch { throw WorkloadError(error) }
        plan = LADSPlan(
            networks: augmentation?.tasks.count ?? 0, augmentationEpochs: configuration.augmentationEpochs,
            augmentationBatches: augmentation?.batches ?? 0,
            probeBatches: probeStage?.batches ?? jointStage?.batches ?? 1)
    }

    private static func rowCount(_ configuration: LADSConfiguration, _ data: EmbeddingData, networks: Int) -> Int {
        if configuration.method == .oracle { return data.oracle?.count ?? 0 }
        return data.training.count * (networks + (configuration.includesOriginal ? 1 : 0))
    }

    // MARK: Training

    public func steps(inEpoch epoch: Int) -> Int { plan.steps(inEpoch: epoch) }

    public func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError) {}

    /// The terms are domain alignment, class consistency and the neighbour term with their share of the rows, then the
    /// probe's loss with its share.
    public func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult {
        switch plan.place(step: step, epoch: epoch) {
        case .augmentation(let place):
            guard let augmentation else { preconditionFailure("the plan has no networks") }
            let result = try augmentation.step(place)
            return StepResult(loss: result.loss, terms: result.terms + [1, 0, 0], samples: result.samples)
        case .probe(let batch):
            let (loss, samples) = try probeStep(batch, epoch: epoch)
            return StepResult(loss: loss, terms: [0, 0, 0, 0, loss, 1], samples: samples)
        }
    }

    private func probeStep(_ batch: Int, epoch: Int) throws(TorchError) -> (loss: Double, samples: Int) {
        if let jointStage { return try jointStage.step(batch, epoch: epoch) }
        guard let probeStage else { return (try zeroShotLoss(), data.training.count) }
        let training: (rows: EmbeddingRows, weights: [Double])
        if let trainingRows {
            training = trainingRows
        } else {
            let rows = try probeRows()
            training = (rows, configuration.classWeights(rows.labels, classes: data.classes))
            trainingRows = training
        }
        return try probeStage.step(batch, epoch: epoch, on: training.rows, weights: training.weights)
    }

    /// What there is to report where nothing is trained.
    private func zeroShotLoss() throws(TorchError) -> Double {
        try zeroShotLogits(data.training.features).crossEntropy(data.training.labelTensor()).item()
    }

    /// The rows that the probe is trained on: for each training row itself, then one per network.
    func probeRows() throws(TorchError) -> EmbeddingRows {
        if configuration.method == .oracle, let oracle = data.oracle { return oracle }
        let sets = (configuration.includesOriginal ? [data.training] : []) + (try augmentedSets())
        guard sets.count > 1 else { return sets[0] }
        let (rows, width) = (data.training.count, try data.training.features.shape()[1])
        let features = try Tensor.stacked(sets.map(\.features), axis: 1).reshaped([rows * sets.count, width])
        return EmbeddingRows(
            features: features, labels: (0..<rows).flatMap { row in sets.map { $0.labels[row] } },
            domains: (0..<rows).flatMap { row in sets.map { $0.domains[row] } })
    }

    /// The training rows in each target domain, as the method makes them.
    func augmentedSets() throws(TorchError) -> [EmbeddingRows] {
        try augmentedSets(of: data.training)
    }

    func augmentedSets(of rows: EmbeddingRows) throws(TorchError) -> [EmbeddingRows] {
        var sets: [EmbeddingRows] = []
        if let augmentation {
            for network in augmentation.tasks.indices {
                sets.append(try augmentation.augmented(rows, network: network))
            }
        } else if let mix = EmbeddingMix(rawValue: configuration.method.rawValue) {
            for task in try configuration.tasks(data.texts, targets: data.targetDomains) {
                sets.append(try mixed(rows, task, mix))
            }
        }
        return sets
    }

    private func mixed(
        _ rows: EmbeddingRows, _ task: AugmentationTask, _ mix: EmbeddingMix
    ) throws(TorchError) -> EmbeddingRows {
        let places = try task.places(of: rows, trustsDomains: configuration.trustsDomains)
        let index = try Tensor.of(places.map(Int64.init))
        let unit = try rows.features.normalised(axis: 1)
        let features =
            switch configuration.mixedText {
            case .target: try mix.mixed(unit, task.goals.selecting(index, axis: 0), fraction: configuration.mix)
            case .source: try mix.mixed(unit, task.starts.selecting(index, axis: 0), fraction: configuration.mix)
            case .direction:
                try EmbeddingMix.shifted(unit, task.directions.selecting(index, axis: 0), by: configuration.mix)
            }
        return EmbeddingRows(
            features: features, labels: rows.labels, domains: task.domains(after: rows, places: places))
    }

    // MARK: Measuring

    private func zeroShotLogits(_ rows: Tensor) throws(TorchError) -> Tensor {
        try ZeroShot.logits(rows, texts: zeroShot)
    }

    /// The most probable class of each row.
    /// - Parameter best: by the weights with the highest validation score so far, else by the present ones.
    func predictions(_ rows: Tensor, best: Bool) throws(TorchError) -> [Int] {
        try TorchRuntime.withoutGradients { () throws(TorchError) in
            let logits: Tensor
            if best, let kept {
                logits = try kept.logits(rows)
            } else if let probe = probeStage?.probe ?? jointStage?.probe {
                let device = try probe.parameters[0].tensor.device()
                logits = try probe(rows.copied(to: device)).copied(to: .cpu)
            } else {
                logits = try zeroShotLogits(rows)
            }
            guard configuration.usesEnsemble, kept != nil else {
                return try logits.argmax(axis: 1).values(Int64.self).map { Int($0) }
            }
            let mean = try ZeroShot.ensemble(logits.softmax(axis: 1), zeroShotLogits(rows).softmax(axis: 1))
            return try mean.argmax(axis: 1).values(Int64.self).map { Int($0) }
        }
    }

    func score(_ rows: EmbeddingRows, best: Bool) throws(TorchError) -> ClassificationScore {
        ClassificationScore(
            predictions: try predictions(rows.features, best: best), labels: rows.labels,
            groups: data.groups(of: rows), classCount: data.classes)
    }

    public func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric] {
        try WorkloadError.lifting { () throws(TorchError) in
            let score = try score(data.validation, best: false)
            var highest = score.balanced
            if let kept, let probe = probeStage?.probe ?? jointStage?.probe {
                highest = try kept.keep(probe, score: score.balanced)
            }
            var metrics = [
                Metric("val_balanced_accuracy", score.balanced), Metric("val_accuracy", score.accuracy),
                Metric("val_worst_group_accuracy", score.worstGroup), Metric("best_val_balanced_accuracy", highest),
                Metric("train_loss", summary.terms[4] / summary.terms[5]),
            ]
            if let augmentation {
                let names = ["aug_val_loss", "aug_direction_loss", "aug_class_loss", "aug_epoch"]
                metrics += zip(names, try augmentation.summary()).map { Metric($0, $1) }
            }
            return metrics + [Metric("rows_per_s", summary.samplesPerSecond)]
        }
    }

    // MARK: Checkpoint

    public var tensors: [NamedTensor] {
        (augmentation?.tensors ?? []) + (probeStage?.tensors ?? jointStage?.tensors ?? []) + (kept?.tensors ?? [])
    }

    private static let digestKey = "embeddings_digest"

    public var notes: [String: String] { [Self.digestKey: digest, "classes": String(data.classes)] }

    public func restore(notes: Checkpoint.Notes) throws(WorkloadError) {
        guard notes[Self.digestKey] == digest else {
            throw notes.wrong(
                Self.digestKey, expected: "\(digest), the digest of \(configuration.embeddings) (other embeddings)")
        }
        trainingRows = nil
    }
}
