import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite(
    "LADS probe, metrics and baselines against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LADSMetricOracleTests {
    struct File: Decodable {
        struct Epoch: Decodable {
            let loss: Double
            let weight: [[Double]]
            let bias: [Double]
            let val_pred: [Int]
            let val_class_acc: [Double]
            let val_balanced_acc: Double
        }
        struct Run: Decodable {
            let optimizer: String
            let lr: Double
            let weight_decay: Double
            let epochs: [Epoch]
        }
        struct Metrics: Decodable {
            let pred: [Int]
            let label: [Int]
            let group: [Int]
            let accuracy: Double
            let balanced_accuracy: Double
            let class_accuracy: [Double]
            let group_accuracy: [Double]
            let worst_group: Double
        }
        struct ZeroShotCase: Decodable {
            let features: [[Double]]
            let classTexts: [[Double]]
            let logit_scale: Double
            let zero_shot_probs: [[Double]]
            let probe_probs: [[Double]]
            let ensemble_probs: [[Double]]
            let ensemble_pred: [Int]

            enum CodingKeys: String, CodingKey {
                case features, logit_scale, zero_shot_probs, probe_probs, ensemble_probs, ensemble_pred
                case classTexts = "class_text_emb_[K,D]"
            }
        }
        let train_features: [[Double]]
        let train_labels: [Int]
        let class_weights: [Double]
        let weight0: [[Double]]
        let bias0: [Double]
        let val_features: [[Double]]
        let val_labels: [Int]
        let runs: [Run]
        let metrics_case: Metrics
        let zero_shot_and_ensemble: ZeroShotCase
    }

    let file: File

    init() throws { file = try Oracle.read("lads_probe_metrics") }

    @Test func fiveEpochsOfTheProbe() throws {
        for run in file.runs {
            let weight = try LADSOracle.matrix(file.weight0).requiringGradient()
            let bias = try Tensor.of(file.bias0).requiringGradient()
            let parameters = [NamedTensor(name: "w", tensor: weight), NamedTensor(name: "b", tensor: bias)]
            let form: AdamW.Form = run.optimizer.hasPrefix("transformers") ? .transformers : .torch
            let optimiser = try AdamW(parameters, weightDecay: run.weight_decay, form: form)
            let (rows, held) = (try LADSOracle.matrix(file.train_features), try LADSOracle.matrix(file.val_features))
            let labels = try Tensor.of(file.train_labels.map(Int64.init))
            let factors = try Tensor.of(file.class_weights)
            let sum = file.train_labels.reduce(0) { $0 + file.class_weights[$1] }
            for epoch in run.epochs {
                let loss = try rows.linear(weight: weight, bias: bias)
                    .crossEntropy(labels, classWeights: factors, reduction: .sum).scaled(by: 1 / sum)
                #expect(abs(try loss.item() - epoch.loss) < 1e-9)
                try loss.backward()
                try optimiser.step(learningRate: run.lr)
                #expect(difference(try weight.values(), epoch.weight.flatMap { $0 }) < 1e-9)
                #expect(difference(try bias.values(), epoch.bias) < 1e-9)
                let predicted = try held.linear(weight: weight, bias: bias).argmax(axis: 1).values(Int64.self)
                #expect(predicted.map { Int($0) } == epoch.val_pred)
                let score = ClassificationScore(
                    predictions: epoch.val_pred, labels: file.val_labels, groups: [0, 0, 0, 0], classCount: 3)
                #expect(difference(score.classes.accuracies.map { 100 * ($0 ?? -1) }, epoch.val_class_acc) < 5e-3)
                #expect(abs(100 * score.balanced - epoch.val_balanced_acc) < 1e-9)
            }
        }
    }

    /// The same probe through the workload's stage, float32.
    @Test func theStageTrainsTheSameProbe() throws {
        for run in file.runs {
            let form = run.optimizer.hasPrefix("transformers") ? "transformers" : "torch"
            let rows = { (features: [[Double]], labels: [Int]) in
                EmbeddingRows(
                    features: try LADSOracle.matrix(features).converted(to: .float32), labels: labels,
                    domains: labels.map { _ in 0 })
            }
            let (training, held) = (
                try rows(file.train_features, file.train_labels), try rows(file.val_features, file.val_labels)
            )
            let classes = try Tensor.zeros([3, 6])
            let data = EmbeddingData(
                training: training, validation: held, test: held,
                texts: try EmbeddingTexts(source: nil, target: nil, classes: classes), classNames: ["a", "b", "c"],
                domainNames: ["photo"], targetDomains: [])
            let workload = try LADSWorkload.example(
                data,
                [
                    ("method", .string("lp")), ("lr", .real(run.lr)), ("weight_decay", .real(run.weight_decay)),
                    ("normalize", .bool(false)), ("adamw", .string(form)),
                ])
            for target in workload.tensors {
                if target.name == "probe.weight" {
                    try target.tensor.copy(from: LADSOracle.matrix(file.weight0).converted(to: .float32))
                } else if target.name == "probe.bias" {
                    try target.tensor.copy(from: Tensor.of(file.bias0).converted(to: .float32))
                }
            }
            for (number, epoch) in run.epochs.enumerated() {
                let result = try workload.step(0, epoch: number)
                #expect(abs(result.loss - epoch.loss) < 2e-6)
                for target in workload.tensors where target.name == "probe.weight" {
                    let weights = try target.tensor.converted(to: .float64).values(Double.self)
                    #expect(difference(weights, epoch.weight.flatMap { $0 }) < 2e-6)
                }
            }
        }
    }

    @Test func accuracies() throws {
        let oracle = file.metrics_case
        let score = ClassificationScore(
            predictions: oracle.pred, labels: oracle.label, groups: oracle.group, classCount: 3)
        #expect(abs(100 * score.accuracy - oracle.accuracy) < 1e-9)
        #expect(abs(100 * score.balanced - oracle.balanced_accuracy) < 1e-9)
        // The reference rounds these to two digits.
        #expect(difference(score.classes.accuracies.map { 100 * ($0 ?? -1) }, oracle.class_accuracy) < 5e-3 + 1e-9)
        #expect(difference(score.groups.accuracies.map { 100 * ($0 ?? -1) }, oracle.group_accuracy) < 5e-3 + 1e-9)
        #expect(abs(100 * score.worstGroup - oracle.worst_group) < 1e-9)
    }

    @Test func zeroShotAndEnsemble() throws {
        let oracle = file.zero_shot_and_ensemble
        #expect(oracle.logit_scale == ZeroShot.scale)
        let rows = try LADSOracle.matrix(oracle.features)
        let probabilities = try ZeroShot.logits(rows, texts: LADSOracle.matrix(oracle.classTexts)).softmax(axis: 1)
        #expect(difference(try probabilities.values(), oracle.zero_shot_probs.flatMap { $0 }) < 1e-12)
        let mean = try ZeroShot.ensemble(LADSOracle.matrix(oracle.probe_probs), probabilities)
        #expect(difference(try mean.values(), oracle.ensemble_probs.flatMap { $0 }) < 1e-12)
        #expect(try mean.argmax(axis: 1).values(Int64.self).map { Int($0) } == oracle.ensemble_pred)
    }
}

@Suite(
    "LADS baselines and the bias variant against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LADSMiscOracleTests {
    struct File: Decodable {
        struct Interpolation: Decodable {
            let image: [Double]
            let text: [Double]
            let alpha: Double
            let addition_unit: [Double]
            let slerp_unit: [Double]
        }
        struct Neighbours: Decodable {
            let augmented: [[Double]]
            let aug_labels: [Int]
            let aug_domains: [Int]
            let bank: [[Double]]
            let bank_labels: [Int]
            let bank_domains: [Int]
            let neighbor_index: [Int]
            let domain_consistency_acc: Double
            let class_consistency_acc: Double
            let unique_fraction: Double
            let mean_cosine: Double
        }
        struct Bias: Decodable {
            let domain_labels: [Int]
            let texts: [[[Double]]]
            let alpha: Double
            let nn_weight: Double
            let directional: Double
            let class_consistency: Double
            let nn_regularizer: Double
            let total: Double

            enum CodingKeys: String, CodingKey {
                case domain_labels, alpha, nn_weight, directional, class_consistency, nn_regularizer, total
                case texts = "domain_text_emb_[2,K,D]"
            }
        }
        let interp: Interpolation
        let nn_metrics: Neighbours
        let bias_variant: Bias
    }

    let file: File

    init() throws { file = try Oracle.read("lads_misc") }

    @Test func additionAndSlerp() throws {
        let oracle = file.interp
        let (x, t) = (try LADSOracle.matrix([oracle.image]), try LADSOracle.matrix([oracle.text]))
        let added = try EmbeddingMix.addition.mixed(x, t, fraction: oracle.alpha)
        #expect(difference(try added.values(), oracle.addition_unit) < 1e-12)
        let turned = try EmbeddingMix.slerp.mixed(x, t, fraction: oracle.alpha)
        #expect(difference(try turned.values(), oracle.slerp_unit) < 1e-12)
        // Both ends, and a vector with itself, where the angle is 0.
        #expect(difference(try EmbeddingMix.slerp.mixed(x, t, fraction: 0).values(), oracle.image) < 1e-9)
        #expect(difference(try EmbeddingMix.slerp.mixed(x, t, fraction: 1).values(), oracle.text) < 1e-9)
        #expect(difference(try EmbeddingMix.slerp.mixed(x, x, fraction: 0.3).values(), oracle.image) < 1e-9)
        // A third of the way turns by a third of the angle.
        let third = try EmbeddingMix.slerp.mixed(x, t, fraction: 1.0 / 3)
        let (whole, part) = (try (x * t).sum().acos().item(), try (x * third).sum().acos().item())
        #expect(abs(part - whole / 3) < 1e-9)
    }

    @Test func neighbourQuality() throws {
        let oracle = file.nn_metrics
        let quality = try NeighbourQuality(
            of: EmbeddingRows(
                features: LADSOracle.matrix(oracle.augmented), labels: oracle.aug_labels, domains: oracle.aug_domains),
            in: EmbeddingRows(
                features: LADSOracle.matrix(oracle.bank), labels: oracle.bank_labels, domains: oracle.bank_domains))
        #expect(quality.neighbours == oracle.neighbor_index)
        #expect(abs(100 * quality.domainConsistency - oracle.domain_consistency_acc) < 1e-9)
        #expect(abs(100 * quality.classConsistency - oracle.class_consistency_acc) < 1e-9)
        #expect(abs(quality.uniqueFraction - oracle.unique_fraction) < 1e-12)
        #expect(abs(quality.meanCosine - oracle.mean_cosine) < 1e-12)
    }

    @Test func biasVariant() throws {
        let losses: LADSOracle = try Oracle.read("lads_losses")
        let oracle = file.bias_variant
        let task = try AugmentationTask.exchange(
            source: LADSOracle.cube(oracle.texts), classTexts: LADSOracle.matrix(losses.classTexts))
        let plain = try losses.training()
        let rows = EmbeddingRows(features: plain.features, labels: plain.labels, domains: oracle.domain_labels)
        let places = try task.places(of: rows, trustsDomains: true)
        #expect(task.domains(after: rows, places: places) == oracle.domain_labels.map { 1 - $0 })
        let batch = AugmentationLoss.Batch(
            rows: rows.features, directions: try task.directions.selecting(Tensor.of(places.map(Int64.init)), axis: 0),
            labels: try rows.labelTensor(), classTexts: task.classTexts,
            classWeights: try Tensor.of(losses.class_weights),
            weightSum: rows.labels.reduce(0) { $0 + losses.class_weights[$1] })
        let loss = AugmentationLoss(alpha: oracle.alpha, neighbourWeight: oracle.nn_weight)
        let terms = try loss(LADSOracle.Net(losses.aug_init)(rows.features), batch, part: 0..<10)
        let found = [
            try terms.directional.item(), try terms.classes.item(), try #require(terms.neighbours).item(),
            try terms.total.item(),
        ]
        let expected = [oracle.directional, oracle.class_consistency, oracle.nn_regularizer, oracle.total]
        #expect(difference(found, expected) < 1e-9)
    }
}
