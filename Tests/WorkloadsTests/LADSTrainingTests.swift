import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("LADS: training, stopping, going on", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LADSTrainingTests {
    private static let quick: [LADSSetting] = [
        ("setting", .string("bias")), ("hidden", .int(8)), ("aug_epochs", .int(2)), ("aug_lr", .real(0.005)),
        ("lr", .real(0.02)), ("batch_size", .int(64)),
    ]

    private static let small: SyntheticEmbeddings = {
        var small = SyntheticEmbeddings()
        (small.trainingRows, small.validationRows, small.testRows) = (150, 40, 60)
        return small
    }()

    private static func training(
        _ settings: [LADSSetting], data: EmbeddingData, epochs: Int = 3, folder: String? = nil, resume: String? = nil,
        devices: [Device] = [.cpu]
    ) throws -> TrainingRun<LADSWorkload> {
        let trial = try LADSWorkload.trial(settings, epochs: epochs, devices: devices)
        let prepared = try LADSConfiguration(trial.parameters).prepared(data)
        return try TrainingRun(
            try LADSWorkload(trial, data: prepared), trial: trial, checkpointFolder: folder, resume: resume)
    }

    private static let variants: [[LADSSetting]] = [
        [], [("neighbour_weight", .real(0.1)), ("trust_domains", .bool(true)), ("direction_loss", .string("mae"))],
        [("method", .string("e2e"))], [("method", .string("addition")), ("mix_with", .string("direction"))],
        [("method", .string("average")), ("adamw", .string("torch"))],
    ]

    /// Stopped within every network, between networks and within the probe's epochs.
    @Test(arguments: variants.indices) func resumedTrainingEqualsUninterrupted(_ variant: Int) throws {
        let data = try Self.small.make(seed: 1)
        try ResumeCheck.run(stepsPerAttempt: 2) { folder, resume in
            try Self.training(Self.quick + Self.variants[variant], data: data, folder: folder, resume: resume)
        }
    }

    /// Two networks for two target domains, every single step interrupted, on two replicas.
    @Test func severalTargetsAndReplicasResumeToo() throws {
        let oracle = try Self.shift(seed: 2)
        let settings: [LADSSetting] = [
            ("hidden", .int(8)), ("aug_epochs", .int(2)), ("batch_size", .int(40)), ("lr", .real(0.02)),
        ]
        try ResumeCheck.run(stepsPerAttempt: 1) { folder, resume in
            try Self.training(
                settings, data: oracle, epochs: 2, folder: folder, resume: resume, devices: [.cpu, .cpu])
        }
    }

    /// Domain shift: texts of two target domains, images of the source domain only.
    private static func shift(seed: UInt64) throws -> EmbeddingData {
        let data = try small.make(seed: seed)
        let source = try #require(data.texts.source)
        var shifted = EmbeddingData(
            training: data.training, validation: data.validation, test: data.test, texts: data.texts,
            classNames: data.classNames, domainNames: ["a", "b", "c"], targetDomains: [1, 2])
        shifted.texts = try EmbeddingTexts(
            source: source.slice(0..<1), target: Tensor.concatenated([source.slice(1..<2), source.slice(0..<1)]),
            classes: data.texts.classes)
        return shifted
    }

    /// The batch stays the global one: replicas change nothing but rounding, the term between rows included.
    @Test func replicasKeepTheBatch() throws {
        let data = try Self.small.make(seed: 4)
        let logs = try [[Device.cpu], [.cpu, .cpu]].map { devices in
            let log = ReportLog()
            let training = try Self.training(
                Self.quick + [("neighbour_weight", .real(0.5))], data: data, devices: devices)
            _ = try training.run(shouldStop: { false }, report: log.add)
            return log.reports
        }
        for (one, two) in zip(logs[0], logs[1]) {
            for name in ["train_loss", "aug_val_loss", "aug_direction_loss", "aug_class_loss"] {
                #expect(abs(try #require(one[name]) - (try #require(two[name]))) < 1e-4, "\(name)")
            }
        }
    }

    /// T1 of the acceptance: class and domain entangled. The augmentation gains at least 20 points on flipped rows on
    /// every seed and loses at most 1 on the others.
    @Test(arguments: [0, 1, 2]) func augmentationUndoesTheBias(_ seed: UInt64) throws {
        let data = try SyntheticEmbeddings().make(seed: seed)
        func measure(_ settings: [LADSSetting]) throws -> LADSInspection.Result {
            let common: [LADSSetting] = [
                ("setting", .string("bias")), ("hidden", .int(32)), ("aug_epochs", .int(50)), ("lr", .real(0.02)),
                ("upweight_classes", .bool(false)),
            ]
            let trial = try LADSWorkload.trial(common + settings, seed: seed, epochs: 60)
            let workload = try LADSWorkload(trial, data: LADSConfiguration(trial.parameters).prepared(data))
            let training = try TrainingRun(workload, trial: trial)
            #expect(try training.run(shouldStop: { false }, report: { _ in }) == .finished)
            return try TorchRuntime.withoutGradients { () throws(TorchError) in
                try LADSInspection.measure(workload, completedEpochs: 60)
            }
        }
        let (probe, lads) = (try measure([("method", .string("lp"))]), try measure([]))
        let gain = try #require(lads.outOfDomain).accuracy - (try #require(probe.outOfDomain)).accuracy
        #expect(gain >= 0.2, "\(gain)")
        let loss = try #require(probe.inDomain).accuracy - (try #require(lads.inDomain)).accuracy
        #expect(loss <= 0.01, "\(loss)")
        #expect(try #require(lads.quality).classConsistency > 0.9)
        #expect(probe.quality == nil)
    }

    /// Every method runs and reports what the description lists; the objective is there in each epoch.
    @Test(arguments: LADSConfiguration.Method.allCases) func everyMethodReports(_ method: LADSConfiguration.Method)
        throws
    {
        var data = try Self.small.make(seed: 5)
        data.oracle = data.test
        let log = ReportLog()
        let training = try Self.training(Self.quick + [("method", .string(method.rawValue))], data: data)
        #expect(try training.run(shouldStop: { false }, report: log.add) == .finished)
        #expect(log.reports.count == 3)
        let known = Set(WorkloadDescription.lads.metrics)
        #expect(log.reports.allSatisfy { known.isSuperset(of: $0.keys) && $0["val_balanced_accuracy"] != nil })
        #expect(log.reports.allSatisfy { ($0["aug_val_loss"] != nil) == (method == .lads) })
    }

    @Test func aLossThatIsNotFiniteEndsTheRun() throws {
        let data = try Self.small.make(seed: 6)
        for name in ["aug_lr", "lr"] {
            let decay = name == "lr" ? "weight_decay" : "aug_weight_decay"
            let settings = Self.quick.filter { $0.name != name && $0.name != "aug_epochs" }
            let training = try Self.training(
                settings + [(name, .real(10)), (decay, .real(10)), ("aug_epochs", .int(30))], data: data, epochs: 60)
            let outcome = try training.run(shouldStop: { false }, report: { _ in })
            guard case .diverged(let loss, _, _) = outcome else {
                Issue.record("\(name): \(outcome)")
                continue
            }
            #expect(!loss.isFinite)
        }
    }

    @Test func theOrderOfSteps() {
        let plan = LADSPlan(networks: 2, augmentationEpochs: 3, augmentationBatches: 2, probeBatches: 4)
        #expect(plan.steps(inEpoch: 0) == 16 && plan.steps(inEpoch: 1) == 4)
        #expect(
            plan.place(step: 7, epoch: 0)
                == .augmentation(.init(network: 1, epoch: 0, batch: 1, isLastOfEpoch: true)))
        #expect(plan.place(step: 12, epoch: 0) == .probe(batch: 0))
        #expect(plan.place(step: 3, epoch: 1) == .probe(batch: 3))
    }

    /// A checkpoint of other embeddings or another configuration is refused.
    @Test func otherRunsAreRefused() throws {
        let (data, other) = (try Self.small.make(seed: 7), try Self.small.make(seed: 8))
        let folder = try TemporaryFolder()
        _ = try Self.training(Self.quick, data: data, folder: folder.path).run(shouldStop: { false }, report: { _ in })
        let resume = folder.path + "/step-000001"
        for (settings, rows, part) in [
            (Self.quick, other, "embeddings_digest: expected"),
            (Self.quick + [("alpha", .real(0.75))], data, "alpha: expected 0.75, found 0.5"),
        ] {
            let error = #expect(throws: WorkloadError.self) {
                _ = try Self.training(settings, data: rows, folder: folder.path, resume: resume)
            }
            #expect(error?.kind == .badData)
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        // The same embeddings in another place are welcome.
        let moved = Self.quick + [("embeddings", .string("/elsewhere"))]
        let trial = try LADSWorkload.trial([], epochs: 3)
        _ = trial
        let elsewhere = try Trial(Configuration(moved), of: .lads, seed: 3, totalEpochs: 3)
        let prepared = try LADSConfiguration(elsewhere.parameters).prepared(data)
        let again = try TrainingRun(try LADSWorkload(elsewhere, data: prepared), trial: elsewhere, resume: resume)
        #expect(again.completedEpochs == 1)
    }

    /// A comparison is what separate trainings and evaluations of their last checkpoints give.
    @Test func comparisonsAreTheSameRuns() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/e.safetensors"
        try Self.small.make(seed: 9).file().encoded().write(to: URL(fileURLWithPath: file))
        let settings = ["embeddings=" + file, "setting=bias", "hidden=8", "aug_epochs=2", "batch_size=64", "lr=0.02"]
        var found: [String: LADSInspection.Result] = [:]
        try LADSComparison.run(
            [.init("a", ["alpha=0.25"]), .init("b", ["method=zero_shot"]), LADSComparison.oracle], settings: settings,
            seed: 4, totalEpochs: 3
        ) { found[$0.name] = $1 }
        // The file has no rows for the oracle, which is then left out.
        #expect(found.keys.sorted() == ["a", "b"])
        let given = try TrialEnvironment([:]).configuration(overriddenBy: settings + ["alpha=0.25"], of: .lads)
        let trial = try Trial(given, of: .lads, seed: 4, totalEpochs: 3)
        let training = try TrainingRun<LADSWorkload>(trial, checkpointFolder: folder.path)
        #expect(try training.run(shouldStop: { false }, report: { _ in }) == .finished)
        let alone = try LADSInspection.evaluate(checkpoint: folder.path + "/step-000003")
        let together = try #require(found["a"])
        #expect(alone.inDomain == together.inDomain && alone.outOfDomain == together.outOfDomain)
        #expect(alone.quality == together.quality && alone.pooled == together.pooled)
        #expect(alone.extended == together.extended && alone.completedEpochs == 3)
    }

    /// A format version from the future, and a cut file.
    @Test func brokenCheckpointsAreNamed() throws {
        let data = try Self.small.make(seed: 7)
        let folder = try TemporaryFolder()
        _ = try Self.training(Self.quick, data: data, folder: folder.path).run(shouldStop: { false }, report: { _ in })
        let path = folder.path + "/step-000001/model.safetensors"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var file = try SafetensorsFile.read(path)
        file.metadata["format_version"] = "2"
        for (bytes, part) in [
            (try file.encoded(), "format_version: expected at most 1, found 2"), (whole.dropLast(9), "expected"),
        ] {
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: WorkloadError.self) {
                _ = try LADSInspection.evaluate(checkpoint: folder.path + "/step-000001")
            }
            #expect(error?.kind == .badData)
            #expect(error?.message.hasPrefix(path) == true && error?.message.contains(part) == true)
        }
    }
}
