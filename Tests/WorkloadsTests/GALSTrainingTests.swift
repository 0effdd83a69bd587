import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Attention supervision: training", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct GALSTrainingTests {
    private typealias Settings = [(name: String, value: ParameterValue)]

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try BiasSamples.write(folder.path)
    }

    private static let variants: [Settings] = [
        [("method", .string("vanilla")), ("schedule", .string("none"))],
        [("method", .string("upweight"))],
        [("method", .string("rrr")), ("lambda_eff", .real(0.01))],
        [("method", .string("rrr")), ("grad_target", .string("sum_log_probs")), ("criterion", .string("L2"))],
        [("method", .string("gradcam")), ("optimizer", .string("adamw")), ("base_lr", .real(0.001))],
        [("method", .string("abn_sup")), ("map_mode", .string("match")), ("abn_wiring", .string("mul"))],
        [
            ("method", .string("gradcam")), ("model", .string("resnet10")), ("attention", .string("coarse7.npy")),
            ("epoch_images", .int(60)), ("group_weights", .bool(true)),
        ],
    ]

    @Test(arguments: variants.indices) func resumedTrainingEqualsUninterrupted(_ variant: Int) throws {
        let trial = try BiasSamples.trial(BiasSamples.configuration(folder.path, Self.variants[variant]))
        // The last one has two steps per epoch, the others four.
        try ResumeCheck.run(stepsPerAttempt: variant == Self.variants.count - 1 ? 2 : 3) { folder, resume in
            try TrainingRun<GALSWorkload>(trial, checkpointFolder: folder, resume: resume)
        }
    }

    @Test func replicasResumeToo() throws {
        let configuration = BiasSamples.configuration(folder.path, [("method", .string("rrr"))])
        let trial = try BiasSamples.trial(configuration, devices: [.cpu, .cpu])
        try ResumeCheck.run(stepsPerAttempt: 3) { folder, resume in
            try TrainingRun<GALSWorkload>(trial, checkpointFolder: folder, resume: resume)
        }
    }

    private func reports(
        _ extra: Settings, epochs: Int = 3, devices: [Device] = [.cpu]
    ) throws -> [[String: Double]] {
        let log = ReportLog()
        let trial = try BiasSamples.trial(
            BiasSamples.configuration(folder.path, extra), epochs: epochs, devices: devices)
        let run = try TrainingRun<GALSWorkload>(trial)
        #expect(try run.run(shouldStop: { false }, report: log.add) == .finished)
        return log.reports
    }

    @Test func reportsKnownMetricsAndLearns() throws {
        let known = Set(WorkloadDescription.gals.metrics)
        for method in ["vanilla", "upweight", "rrr", "gradcam", "abn", "abn_sup"] {
            let found = try reports([("method", .string(method))], epochs: 16)
            #expect(found.allSatisfy { known.isSuperset(of: $0.keys) })
            let last = try #require(found.last)
            let learnt = try #require(last["train_accuracy"])
            #expect(learnt > 0.85, "\(method)")
            #expect(try #require(last["class_loss"]) < #require(found[0]["class_loss"]), "\(method)")
            let needsMaps = ["rrr", "gradcam", "abn_sup"].contains(method)
            #expect((last["attention_loss"] != nil) == needsMaps)
            #expect((last["branch_loss"] != nil) == method.hasPrefix("abn"))
            #expect((0...1).contains(try #require(last["outside_gradient"])))
            #expect(last["pointing_accuracy"] != nil)
            #expect((0..<4).allSatisfy { last["val_group_\($0)_accuracy"] != nil })
        }
    }

    /// Each method does to the network what its loss asks for.
    @Test func supervisionMovesAttention() throws {
        let plain = try #require(reports([("method", .string("vanilla"))], epochs: 6).last?["outside_gradient"])
        let supervised = try #require(
            reports([("method", .string("rrr")), ("lambda_eff", .real(0.03))], epochs: 6).last?["outside_gradient"])
        #expect(supervised < plain)
        let strong = try reports([("method", .string("gradcam")), ("cam_weight", .real(10))], epochs: 6)
        let weak = try reports([("method", .string("gradcam")), ("cam_weight", .real(0))], epochs: 6)
        #expect(try #require(strong.last?["attention_loss"]) < #require(weak.last?["attention_loss"]))
    }

    /// One step's loss and gradients in one part and in two, without batch statistics: float64, half of the images
    /// without a map, class weights. Only the penalty's share per part differs.
    @Test(arguments: [
        AttentionStepLoss.Attention.inputGradient(InputGradientPenalty(), .perImage(lambda: 0.05, elements: 48)),
        .inputGradient(InputGradientPenalty(criterion: .l2), .perImage(lambda: 0.05, elements: 48)),
        .inputGradient(
            InputGradientPenalty(criterion: .l2, subject: .logProbabilities), .perImage(lambda: 1, elements: 48)),
        .gradCAM(MapSupervision(.suppressOutside), 2), .gradCAM(MapSupervision(.match, .l2), 2),
    ]) func twoShardsEqualTheBatch(_ attention: AttentionStepLoss.Attention) throws {
        let generator = CounterGenerator(seed: 4, stream: 9)
        func draw(_ shape: [Int], _ stream: UInt64) throws(TorchError) -> Tensor {
            let count = shape.reduce(1, *)
            return try Tensor.of((0..<count).map { generator.normal(stream << 20 + UInt64($0)) }, shape: shape)
        }
        let images = try draw([6, 3, 4, 4], 1)
        let labels = [0, 1, 2, 1, 0, 2]
        let maps = TargetMaps.Combined(maps: try draw([3, 1, 4, 4], 2).sigmoid(), samples: [0, 1, 5])
        let loss = AttentionStepLoss(
            classification: ClassificationLoss(classWeights: [1, 0.5, 0.25]), attention: attention)
        let whole = AttentionStepLoss.Whole(
            samples: 6, divisor: loss.classification.divisor(labels: labels), withMaps: 3)
        var results: [(loss: Double, numbers: [Double], gradients: [Double])] = []
        for shards in [1, 2, 3] {
            let parallel = try DataParallel(devices: [Device](repeating: .cpu, count: shards)) {
                () throws(TorchError) in try SmallNetwork(draw)
            }
            let found = try parallel.accumulate(batch: 6) { (replica, range) throws(TorchError) in
                let part = AttentionStepLoss.Part(
                    images: try images.slice(range), labels: Array(labels[range]), groups: Array(labels[range]),
                    maps: try maps.part(range))
                let result = try loss(replica.model, part, whole)
                return (result.loss, result.numbers)
            }
            let gradients = try parallel.main.parameters.flatMap { named throws in
                try #require(try named.tensor.gradient()).values(Double.self)
            }
            results.append((found.loss, found.numbers, gradients))
        }
        #expect(results[0].numbers[3] > 0)
        for other in results.dropFirst() {
            #expect(difference([results[0].loss] + results[0].numbers, [other.loss] + other.numbers) < 1e-12)
            #expect(difference(results[0].gradients, other.gradients) < 1e-12)
        }
    }

    /// The weight per image means the same in a batch twice as large.
    @Test(arguments: [AttentionCriterion.l1, .l2]) func weightPerImageDoesNotDependOnTheBatch(
        _ criterion: AttentionCriterion
    ) throws {
        let generator = CounterGenerator(seed: 4, stream: 9)
        func draw(_ shape: [Int], _ stream: UInt64) throws(TorchError) -> Tensor {
            let count = shape.reduce(1, *)
            return try Tensor.of((0..<count).map { generator.normal(stream << 20 + UInt64($0)) }, shape: shape)
        }
        let (images, maps) = (try draw([2, 3, 4, 4], 1), try draw([2, 1, 4, 4], 2).sigmoid())
        let loss = AttentionStepLoss(
            classification: ClassificationLoss(),
            attention: .inputGradient(
                InputGradientPenalty(criterion: criterion), .perImage(lambda: 0.05, elements: 48)))
        let found = try [1, 3].map { copies in
            let count = 2 * copies
            let part = AttentionStepLoss.Part(
                images: try Tensor.concatenated([Tensor](repeating: images, count: copies)),
                labels: (0..<count).map { $0 % 2 }, groups: (0..<count).map { $0 % 2 },
                maps: TargetMaps.Combined(
                    maps: try Tensor.concatenated([Tensor](repeating: maps, count: copies)),
                    samples: Array(0..<count)))
            let whole = AttentionStepLoss.Whole(samples: count, divisor: Double(count), withMaps: count)
            return try loss(SmallNetwork(draw), part, whole).numbers[3]
        }
        #expect(found[0] > 0)
        #expect(abs(found[0] - found[1]) < 1e-12 * found[0])
    }

    /// conv - ReLU - mean - linear.
    private final class SmallNetwork: AttentiveClassifier {
        let parameters: [NamedTensor]

        init(_ draw: ([Int], UInt64) throws(TorchError) -> Tensor) throws(TorchError) {
            parameters = [
                NamedTensor(name: "conv.weight", tensor: try draw([4, 3, 3, 3], 3).requiringGradient()),
                NamedTensor(name: "fc.weight", tensor: try draw([3, 4], 4).requiringGradient()),
            ]
        }

        func read(_ images: Tensor, training: Bool) throws(TorchError) -> Reading {
            let features = try images.conv2d(weight: parameters[0].tensor, padding: 1).relu()
            let logits = try features.mean(axes: [2, 3]).linear(weight: parameters[1].tensor)
            return Reading(logits: logits, features: features, branch: nil)
        }
    }

    @Test func aLossThatIsNotFiniteEndsTheRun() throws {
        let configuration = BiasSamples.configuration(
            folder.path,
            [("base_lr", .real(10)), ("cls_lr", .real(10)), ("weight_decay", .real(1)), ("momentum", .real(0.999))])
        let run = try TrainingRun<GALSWorkload>(BiasSamples.trial(configuration, epochs: 60))
        let outcome = try run.run(shouldStop: { false }, report: { _ in })
        guard case .diverged(let loss, _, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(!loss.isFinite)
    }

    // MARK: Checkpoints

    @Test func evaluatesAndExplainsACheckpoint() throws {
        let trial = try BiasSamples.trial(
            BiasSamples.configuration(folder.path, [("method", .string("abn_sup"))]), epochs: 2)
        let log = ReportLog()
        let made = folder.path + "/run"
        try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
        _ = try TrainingRun<GALSWorkload>(trial, checkpointFolder: made).run(shouldStop: { false }, report: log.add)
        let checkpoint = made + "/step-000002"
        let again = try GALSInspection.evaluate(checkpoint: checkpoint, split: .validation)
        #expect(again.images == 20 && again.completedEpochs == 2)
        #expect(again.evaluation.groups.worst == log.reports[1]["val_worst_group_accuracy"])
        #expect(again.groupCounts == [54, 6, 4, 36])
        #expect(again.groupNames == ["y 0 on place 0", "y 0 on place 1", "y 1 on place 0", "y 1 on place 1"])
        #expect(try GALSInspection.evaluate(checkpoint: checkpoint, split: .test).images == 16)
        let view = try GALSInspection.explain(checkpoints: [checkpoint, checkpoint], names: ["a", "b<"], split: .test)
        #expect(view.rows.count == 4)
        #expect(
            view.rows[0].panels.map(\.title) == [
                "image", "map", "a: gradient", "a: Grad-CAM", "a: attention", "b<: gradient", "b<: Grad-CAM",
                "b<: attention",
            ])
        #expect(view.rows[0].panels[2].picture == view.rows[0].panels[5].picture)
        #expect(view.rows[0].panels[2].picture != view.rows[0].panels[3].picture)
        let svg = try view.svg()
        #expect(svg.contains("b&lt;: gradient") && svg.contains("test image 0: y 0 on place 0"))
        let png = try Picture.decode(try view.picture().encodedPNG(), path: "png")
        #expect(png.width == 8 * 138 + 10 && png.height == 4 * 138 + 10)
        let error = #expect(throws: WorkloadError.self) {
            _ = try GALSInspection.explain(checkpoints: [checkpoint], names: ["a"], split: .test, indices: [16])
        }
        #expect(error?.message == "index: expected 0 to 15, found 16")
    }

    @Test func aCheckpointOfAnotherRunIsRefused() throws {
        let made = folder.path + "/other"
        try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
        let first = try BiasSamples.trial(BiasSamples.configuration(folder.path), epochs: 1)
        _ = try TrainingRun<GALSWorkload>(first, checkpointFolder: made).run(shouldStop: { false }, report: { _ in })
        let checkpoint = made + "/step-000001"
        let other = try BiasSamples.trial(
            BiasSamples.configuration(folder.path, [("cam_weight", .real(2))]), epochs: 1)
        let error = #expect(throws: WorkloadError.self) {
            _ = try TrainingRun<GALSWorkload>(other, resume: checkpoint)
        }
        #expect(
            error?.message
                == "\(checkpoint)/model.safetensors: made by another run: cam_weight: expected 2.0, found 1.0")
        let path = checkpoint + "/model.safetensors"
        var file = try SafetensorsFile.read(path)
        file.metadata["format_version"] = "99"
        try file.encoded().write(to: URL(fileURLWithPath: path))
        let newer = #expect(throws: WorkloadError.self) { _ = try TrainingRun<GALSWorkload>(first, resume: checkpoint) }
        #expect(newer?.message == "\(path): format_version: expected at most 1, found 99")
    }

    // MARK: Networks

    @Test(.enabled(if: PythonTorch.isPresent, "/usr/bin/python3 has no torch to write a module with"))
    func aTorchScriptNetworkGivesFeatures() throws {
        let path = folder.path + "/net.pt"
        let program = """
            import torch
            from typing import Dict
            torch.manual_seed(1)
            class M(torch.nn.Module):
                def __init__(self, bare: bool):
                    super().__init__()
                    self.body = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8),
                                                    torch.nn.ReLU())
                    self.fc = torch.nn.Linear(8, 1)
            class Full(M):
                def forward(self, x) -> Dict[str, torch.Tensor]:
                    seen = self.body(x)
                    return {"features": seen, "logits": self.fc(seen.mean([2, 3]))}
            class Bare(M):
                def forward(self, x):
                    return self.fc(self.body(x).mean([2, 3]))
            torch.jit.save(torch.jit.script(Full(False)), "\(path)")
            torch.jit.save(torch.jit.script(Bare(True)), "\(path).bare")
            """
        #expect(PythonTorch.run(program) == 0)
        func trial(_ file: String, _ extra: Settings) throws -> Trial {
            try BiasSamples.trial(
                BiasSamples.configuration(
                    folder.path, [("model", .string("script")), ("backbone", .string(file))] + extra))
        }
        try ResumeCheck.run(stepsPerAttempt: 4) { folder, resume in
            try TrainingRun<GALSWorkload>(trial(path, []), checkpointFolder: folder, resume: resume)
        }
        // Without features the input gradient can still be supervised, Grad-CAM and branches cannot.
        let bare = path + ".bare"
        _ = try TrainingRun<GALSWorkload>(trial(bare, [("method", .string("rrr"))]))
            .run(shouldStop: { false }, report: { _ in })
        for (method, missing) in [("gradcam", "last features"), ("abn", "attention_logits")] {
            let error = #expect(throws: WorkloadError.self) {
                _ = try TrainingRun<GALSWorkload>(trial(bare, [("method", .string(method))]))
                    .run(shouldStop: { false }, report: { _ in })
            }
            #expect(error?.message.contains(missing) == true)
        }
        let separate = #expect(throws: WorkloadError.self) {
            _ = try TrainingRun<GALSWorkload>(
                trial(bare, [("separate_classes", .bool(true)), ("method", .string("rrr"))])
            )
            .run(shouldStop: { false }, report: { _ in })
        }
        #expect(separate?.message.contains("expected logits of shape [N, 2]") == true)
    }

    /// A ResNet-50 has torchvision's names and number of weights; its last layer may be another one's, and an attention
    /// branch starts from the last stage.
    @Test func pretrainedWeightsButForTheLastLayer() throws {
        func make(_ outputs: Int, branch: Bool, seed: UInt64) throws(TorchError) -> AttentiveNetwork {
            try AttentiveNetwork.make(
                .resnet50, channels: 3, outputs: outputs, branch: branch, addsFeatures: true, seed: seed)
        }
        let source = try make(1000, branch: false, seed: 1)
        let count = try source.parameters.reduce(0) { try $0 + $1.tensor.shape().reduce(1, *) }
        #expect(count == 25_557_032)
        let names = Set(source.tensors.map(\.name))
        #expect(
            names.isSuperset(of: [
                "conv1.weight", "bn1.running_var", "layer1.0.downsample.0.weight", "layer4.2.bn3.bias", "fc.weight",
            ]))
        let path = folder.path + "/resnet50.safetensors"
        try SafetensorsFile(tensors: source.tensors).encoded().write(to: URL(fileURLWithPath: path))
        let configuration = BiasSamples.configuration(
            folder.path,
            [("model", .string("resnet50")), ("pretrained", .string(path)), ("method", .string("abn"))])
        let parameters = try Parameters(configuration, of: .gals)
        let network = try GALSConfiguration(parameters).makeModel(channels: 3, classes: 2, seed: 7, isContinued: false)
        let found = Dictionary(uniqueKeysWithValues: network.tensors.map { ($0.name, $0.tensor) })
        let expected = Dictionary(uniqueKeysWithValues: source.tensors.map { ($0.name, $0.tensor) })
        for name in ["layer4.2.conv3.weight", "bn1.bias", "layer3.5.bn2.running_mean"] {
            #expect(try #require(found[name]).isEqual(to: #require(expected[name])))
        }
        #expect(try #require(found["fc.weight"]).shape() == [1, 2048])
        #expect(try #require(found["att_conv.weight"]).shape() == [1, 2048, 1, 1])
    }
}
