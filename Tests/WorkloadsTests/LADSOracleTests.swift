import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

/// Numbers of the authors' code, float64 where it can be. `lads_losses.json` and what builds on its inputs.
struct LADSOracle: Decodable {
    struct Case: Decodable {
        let target_domain: Int
        let alpha: Double
        let DOM_SPECIFIC_XE: Bool?
        let augmented_raw: [[Double]]?
        let directional_loss: Double
        let class_consistency_loss: Double
        let total: Double
        let grad_fc1_weight: [[Double]]?
        let grad_fc1_bias: [Double]?
        let grad_fc2_weight: [[Double]]?
        let grad_fc2_bias: [Double]?
    }
    struct Weights: Decodable {
        let fc1Weight: [[Double]]
        let fc1Bias: [Double]
        let fc2Weight: [[Double]]
        let fc2Bias: [Double]

        enum CodingKeys: String, CodingKey {
            case fc1Weight = "fc1.weight"
            case fc1Bias = "fc1.bias"
            case fc2Weight = "fc2.weight"
            case fc2Bias = "fc2.bias"
        }

        var all: [[Double]] { [fc1Weight.flatMap { $0 }, fc1Bias, fc2Weight.flatMap { $0 }, fc2Bias] }
    }
    let text_table: [String: [Double]]
    let source_prompts: [String]
    let target_prompts_per_domain: [[String]]
    let image_embeddings_raw: [[Double]]
    let labels: [Int]
    let val_image_embeddings_raw: [[Double]]
    let val_labels: [Int]
    let source: [[[Double]]]
    let target: [[[Double]]]
    let classTexts: [[Double]]
    let class_weights: [Double]
    let aug_init: Weights
    let chosen_source_prompt_index_per_row: [Int]
    let text_directions: [String: [[Double]]]
    let cases: [Case]

    enum CodingKeys: String, CodingKey {
        case text_table, source_prompts, target_prompts_per_domain, image_embeddings_raw, labels
        case val_image_embeddings_raw, val_labels, class_weights, aug_init, chosen_source_prompt_index_per_row
        case text_directions, cases
        case source = "source_text_emb_[nsrc,K,D]"
        case target = "target_text_emb_[ntgt,K,D]"
        case classTexts = "class_text_emb_[K,D]"
    }

    static func matrix(_ rows: [[Double]]) throws -> Tensor {
        try Tensor.of(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }

    static func cube(_ values: [[[Double]]]) throws -> Tensor {
        try Tensor.of(
            values.flatMap { $0.flatMap { $0 } }, shape: [values.count, values[0].count, values[0][0].count])
    }

    func texts() throws -> EmbeddingTexts {
        try EmbeddingTexts(source: Self.cube(source), target: Self.cube(target), classes: Self.matrix(classTexts))
    }

    /// Raw image vectors at length 1.
    func training() throws -> EmbeddingRows {
        try EmbeddingRows(
            features: Self.matrix(image_embeddings_raw), labels: labels, domains: labels.map { _ in 0 }
        ).unit()
    }

    func task(_ domain: Int, own: Bool = false) throws -> AugmentationTask {
        let texts = try texts()
        return try AugmentationTask.shift(
            to: domain, domain: domain + 1, source: #require(texts.source), target: #require(texts.target),
            classTexts: own ? nil : texts.classes)
    }

    func batch(_ task: AugmentationTask, _ rows: EmbeddingRows) throws -> AugmentationLoss.Batch {
        let places = try task.places(of: rows, trustsDomains: false)
        return AugmentationLoss.Batch(
            rows: rows.features,
            directions: try task.directions.selecting(Tensor.of(places.map(Int64.init)), axis: 0),
            labels: try rows.labelTensor(), classTexts: task.classTexts,
            classWeights: try Tensor.of(class_weights),
            weightSum: rows.labels.reduce(0) { $0 + class_weights[$1] })
    }

    /// The network of the file, float64.
    final class Net: Network {
        let parameters: [NamedTensor]

        init(_ weights: Weights) throws {
            let shapes = [[4, 6], [4], [6, 4], [6]]
            let names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
            parameters = try zip(names, zip(weights.all, shapes)).map { name, part in
                NamedTensor(name: name, tensor: try Tensor.of(part.0, shape: part.1).requiringGradient())
            }
        }

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            let p = parameters.map(\.tensor)
            return try x.linear(weight: p[0], bias: p[1]).relu().linear(weight: p[2], bias: p[3])
        }
    }
}

@Suite(
    "LADS losses against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LADSLossOracleTests {
    let oracle: LADSOracle

    init() throws { oracle = try Oracle.read("lads_losses") }

    /// A class's text is the mean of its prompts' unit vectors, at length 1.
    @Test func textsAreAverages() throws {
        for (name, prompts, expected) in [
            ("source", oracle.source_prompts.map { [$0] }, oracle.source),
            ("target", oracle.target_prompts_per_domain, oracle.target),
            ("class", [["a photo of a {}"]], [oracle.classTexts]),
        ] {
            for (group, rows) in zip(prompts, expected) {
                for (label, row) in zip(["a", "b", "c"], rows) {
                    let vectors = try group.map { prompt in
                        try #require(oracle.text_table[prompt.replacing("{}", with: label)], "\(prompt)")
                    }
                    let mean = try PromptAverage.average(LADSOracle.matrix(vectors))
                    #expect(difference(try mean.values(), row) < 1e-12, "\(name)")
                }
            }
        }
    }

    @Test func classWeights() throws {
        let configuration = try LADSConfiguration.example([])
        let weights = configuration.classWeights(oracle.labels, classes: 3)
        #expect(difference(weights, oracle.class_weights) < 1e-15)
        let plain = try LADSConfiguration.example([("upweight_classes", .bool(false))])
        #expect(plain.classWeights(oracle.labels, classes: 3) == [1, 1, 1])
    }

    @Test func nearestSourcesAndDirections() throws {
        for domain in 0..<2 {
            let (task, rows) = (try oracle.task(domain), try oracle.training())
            let places = try task.places(of: rows, trustsDomains: false)
            #expect(places.map { $0 / 3 } == oracle.chosen_source_prompt_index_per_row)
            #expect(places.map { $0 % 3 } == oracle.labels)
            let directions = try task.directions.selecting(Tensor.of(places.map(Int64.init)), axis: 0)
            let expected = try #require(oracle.text_directions["\(domain)"])
            #expect(difference(try directions.values(), expected.flatMap { $0 }) < 1e-12)
            #expect(task.domains(after: rows, places: places) == [Int](repeating: domain + 1, count: 10))
        }
    }

    @Test func valuesAndGradients() throws {
        #expect(oracle.cases.count == 10)
        for item in oracle.cases {
            let net = try LADSOracle.Net(oracle.aug_init)
            let (task, rows) = (
                try oracle.task(item.target_domain, own: item.DOM_SPECIFIC_XE == true), try oracle.training()
            )
            let moved = try net(rows.features)
            let terms = try AugmentationLoss(alpha: item.alpha)(moved, oracle.batch(task, rows), part: 0..<10)
            let found = [try terms.directional.item(), try terms.classes.item(), try terms.total.item()]
            #expect(difference(found, [item.directional_loss, item.class_consistency_loss, item.total]) < 1e-12)
            if let raw = item.augmented_raw { #expect(difference(try moved.values(), raw.flatMap { $0 }) < 1e-12) }
            guard let weight1 = item.grad_fc1_weight, let bias1 = item.grad_fc1_bias,
                let weight2 = item.grad_fc2_weight, let bias2 = item.grad_fc2_bias
            else { continue }
            try terms.total.backward()
            for (parameter, expected) in zip(
                net.parameters, [weight1.flatMap { $0 }, bias1, weight2.flatMap { $0 }, bias2])
            {
                let gradient = try #require(try parameter.tensor.gradient())
                #expect(difference(try gradient.values(), expected) < 1e-12, "\(parameter.name)")
            }
        }
    }

    /// Halves of a batch add up to the batch, the term between rows included.
    @Test func partsAddUp() throws {
        let (task, rows) = (try oracle.task(1), try oracle.training())
        for form in AugmentationLoss.Form.allCases {
            let loss = AugmentationLoss(alpha: 0.3, neighbourWeight: 0.2, form: form)
            let batch = try oracle.batch(task, rows)
            let net = try LADSOracle.Net(oracle.aug_init)
            let whole = try loss(net(rows.features), batch, part: 0..<10)
            var parts = [0.0, 0, 0, 0]
            for part in [0..<4, 4..<10] {
                let terms = try loss(net(rows.features.slice(part)), batch, part: part)
                let values = [
                    try terms.total.item(), try terms.directional.item(), try terms.classes.item(),
                    try #require(terms.neighbours).item(),
                ]
                parts = zip(parts, values).map { $0 + $1 }
            }
            let expected = [
                try whole.total.item(), try whole.directional.item(), try whole.classes.item(),
                try #require(whole.neighbours).item(),
            ]
            #expect(difference(parts, expected) < 1e-12, "\(form)")
        }
    }
}

@Suite(
    "LADS training against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LADSTrainingOracleTests {
    struct File: Decodable {
        struct Epoch: Decodable {
            let directional: Double
            let classes: Double
            let train_loss: Double
            let val_loss: Double
            let weights_after: LADSOracle.Weights

            enum CodingKeys: String, CodingKey {
                case directional = "train_directional_x_alpha"
                case classes = "train_class_x_(1-alpha)"
                case train_loss, val_loss, weights_after
            }
        }
        struct Run: Decodable {
            let optimizer: String
            let target_domain: Int
            let lr: Double
            let weight_decay: Double
            let alpha: Double
            let epochs: [Epoch]
            let best_epoch: Int
            let best_val_loss: Double
            let augmented_train_embeddings_unit: [[Double]]
        }
        let runs: [Run]
        let aug_labels: [Int]
        let aug_domain_labels: [Int]
    }

    @Test func threeEpochsOfEachNetwork() throws {
        let oracle: LADSOracle = try Oracle.read("lads_losses")
        let file: File = try Oracle.read("lads_aug_training")
        #expect(file.runs.count == 4)
        for run in file.runs {
            let net = try LADSOracle.Net(oracle.aug_init)
            let form: AdamW.Form = run.optimizer.hasPrefix("transformers") ? .transformers : .torch
            let optimiser = try AdamW(net.parameters, weightDecay: run.weight_decay, form: form)
            let (task, rows) = (try oracle.task(run.target_domain), try oracle.training())
            let validation = try EmbeddingRows(
                features: LADSOracle.matrix(oracle.val_image_embeddings_raw), labels: oracle.val_labels,
                domains: [0, 0, 0, 0]
            ).unit()
            let loss = AugmentationLoss(alpha: run.alpha)
            var best = Double.infinity
            var bestEpoch = -1
            var moved: [Double] = []
            for (number, epoch) in run.epochs.enumerated() {
                let terms = try loss(net(rows.features), oracle.batch(task, rows), part: 0..<10)
                let found = [
                    try terms.total.item(), run.alpha * (try terms.directional.item()),
                    (1 - run.alpha) * (try terms.classes.item()),
                ]
                #expect(difference(found, [epoch.train_loss, epoch.directional, epoch.classes]) < 1e-9)
                try terms.total.backward()
                try optimiser.step(learningRate: run.lr)
                for (parameter, expected) in zip(net.parameters, epoch.weights_after.all) {
                    #expect(difference(try parameter.tensor.values(), expected) < 1e-9, "\(parameter.name)")
                }
                let value = try loss(
                    net(validation.features), oracle.batch(task, validation), part: 0..<4
                ).total.item()
                #expect(abs(value - epoch.val_loss) < 1e-9)
                if value < best {
                    (best, bestEpoch) = (value, number)
                    moved = try net(rows.features).normalised(axis: 1).values()
                }
            }
            #expect(bestEpoch == run.best_epoch)
            #expect(abs(best - run.best_val_loss) < 1e-9)
            #expect(difference(moved, run.augmented_train_embeddings_unit.flatMap { $0 }) < 1e-9)
        }
    }

    /// The same through the workload's own loop (float32): the rows that the probe gets, their order, labels, domains.
    @Test func theWorkloadMakesTheSameRows() throws {
        let oracle: LADSOracle = try Oracle.read("lads_losses")
        let file: File = try Oracle.read("lads_aug_training")
        for (form, first) in [("transformers", 0), ("torch", 2)] {
            let workload = try LADSOracle.workload(oracle, [("adamw", .string(form))])
            let weights = try SafetensorsFile(
                tensors: ["aug0.", "aug1."].flatMap { prefix in
                    try LADSOracle.Net(oracle.aug_init).parameters.map { $0.prefixed(prefix) }
                })
            for target in workload.tensors {
                guard let start = weights[target.name] else { continue }
                try target.tensor.copy(from: start.converted(to: .float32))
            }
            for step in 0..<6 { _ = try workload.step(step, epoch: 0) }
            let rows = try workload.probeRows()
            #expect(rows.labels == file.aug_labels)
            #expect(rows.domains == file.aug_domain_labels)
            let found = try rows.features.converted(to: .float64).values(Double.self)
            for row in 0..<10 {
                for network in 0..<2 {
                    let start = (row * 3 + 1 + network) * 6
                    let expected = file.runs[first + network].augmented_train_embeddings_unit[row]
                    #expect(difference(Array(found[start..<start + 6]), expected) < 2e-6)
                }
            }
        }
    }
}

extension LADSOracle {
    /// A workload on the file's vectors: full batch, three epochs per network.
    static func workload(_ oracle: LADSOracle, _ extra: [LADSSetting] = []) throws -> LADSWorkload {
        let single = { (tensor: Tensor) in try tensor.converted(to: .float32) }
        let training = try EmbeddingRows(
            features: single(matrix(oracle.image_embeddings_raw)), labels: oracle.labels,
            domains: oracle.labels.map { _ in 0 })
        let validation = try EmbeddingRows(
            features: single(matrix(oracle.val_image_embeddings_raw)), labels: oracle.val_labels, domains: [0, 0, 0, 0])
        let data = EmbeddingData(
            training: training, validation: validation, test: validation,
            texts: try EmbeddingTexts(
                source: single(cube(oracle.source)), target: single(cube(oracle.target)),
                classes: single(matrix(oracle.classTexts))),
            classNames: ["a", "b", "c"], domainNames: ["photo", "painting", "sketch"], targetDomains: [1, 2])
        let settings: [LADSSetting] = [
            ("hidden", .int(4)), ("aug_epochs", .int(3)), ("aug_lr", .real(0.01)), ("aug_weight_decay", .real(0.05)),
        ]
        return try LADSWorkload.example(data, settings + extra)
    }
}
