import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Hyperfeatures: training", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct HyperfeaturesTrainingTests {
    static let variants: [[(name: String, value: ParameterValue)]] = [
        [],
        [("pairs_per_step", .int(2)), ("mixing", .string("uniform")), ("weight_decay", .real(0.01))],
        [("timesteps", .string("one")), ("layers", .string("drop 1")), ("res_blocks", .int(2))],
        // One pair of features fits in memory: every batch is read from files again.
        [("features_memory_mb", .int(1)), ("output_size", .int(4)), ("match_size", .int(16))],
    ]

    @Test(arguments: variants.indices) func resumedTrainingEqualsUninterrupted(_ variant: Int) throws {
        let data = try SyntheticFeatures()
        try ResumeCheck.run(stepsPerAttempt: 2) { folder, resume in
            try data.training(Self.variants[variant], folder: folder, resume: resume)
        }
    }

    @Test func learnsAndReports() throws {
        let data = try SyntheticFeatures()
        let log = ReportLog()
        let training = try data.training([("epoch_pairs", .int(24))], epochs: 5)
        #expect(try training.run(shouldStop: { false }, report: log.add) == .finished)
        let (first, last) = (try #require(log.reports.first), try #require(log.reports.last))
        #expect(try #require(last["train_loss"]) < 0.7 * #require(first["train_loss"]))
        #expect(try #require(last["val_pck_bbox"]) > 0.6)
        #expect(last["val_pck_bbox"] == last["val_pck_img"])
        #expect(last["top_layer"] == 1)
        let known = Set(WorkloadDescription.hyperfeatures.metrics)
        #expect(log.reports.allSatisfy { known.isSuperset(of: $0.keys) })
        #expect(known.subtracting(last.keys) == ["pairs_per_s"])
    }

    /// Two replicas with a pair each make the step of one with both: gradients are means over pairs.
    @Test func replicasChangeNothingButRounding() throws {
        let data = try SyntheticFeatures()
        let logs = try [[Device.cpu], [.cpu, .cpu]].map { devices in
            let log = ReportLog()
            let training = try data.training([("pairs_per_step", .int(2)), ("lr", .real(1e-3))], devices: devices)
            _ = try training.run(shouldStop: { false }, report: log.add)
            return log.reports
        }
        for (one, two) in zip(logs[0], logs[1]) {
            let (a, b) = (try #require(one["train_loss"]), try #require(two["train_loss"]))
            #expect(abs(a - b) < 1e-4 * a)
        }
    }

    @Test func aLossThatIsNotFiniteEndsTheRun() throws {
        let data = try SyntheticFeatures()
        let path = data.path + "/features/train/2-a.safetensors"
        var file = try SafetensorsFile.read(path)
        file.tensors = try file.tensors.map { named in
            NamedTensor(name: named.name, tensor: try named.tensor.scaled(by: .nan))
        }
        try file.encoded().write(to: URL(fileURLWithPath: path))
        let outcome = try data.training([("epoch_pairs", .int(6))]).run(shouldStop: { false }, report: { _ in })
        guard case .diverged(let loss, let epoch, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(loss.isNaN && epoch == 0)
    }

    private func message(_ body: () throws -> Void) -> String {
        let error = #expect(throws: WorkloadError.self) { try body() }
        return error?.message ?? ""
    }

    @Test func checkpointsOfAnotherRunAreRefused() throws {
        let data = try SyntheticFeatures()
        let folder = try TemporaryFolder()
        _ = try data.training(epochs: 1, folder: folder.path).run(shouldStop: { false }, report: { _ in })
        let path = folder.path + "/step-000001"
        #expect(
            message { _ = try data.training([("lr", .real(0.02))], epochs: 1, resume: path) }
                .hasSuffix("lr: expected 0.02, found 0.01"))
        // The same configuration on features of another denoiser.
        let other = try SyntheticFeatures()
        for name in try FileManager.default.subpathsOfDirectory(atPath: other.path + "/features")
        where name.hasSuffix(".safetensors") {
            let file = other.path + "/features/" + name
            var content = try SafetensorsFile.read(file)
            content.metadata["origin"] = "another denoiser"
            try content.encoded().write(to: URL(fileURLWithPath: file))
        }
        let found = message { _ = try other.training(epochs: 1, resume: path) }
        #expect(
            found.contains("feature_origin: expected another denoiser, as in \(other.path)/features, found made up"))
        // A format that is newer than this program.
        var file = try SafetensorsFile.read(path + "/model.safetensors")
        file.metadata["format_version"] = "9"
        try file.encoded().write(to: URL(fileURLWithPath: path + "/model.safetensors"))
        #expect(
            message { _ = try data.training(epochs: 1, resume: path) }
                .hasSuffix("format_version: expected at most 1, found 9"))
    }

    @Test func lookingAtCheckpoints() throws {
        let data = try SyntheticFeatures()
        let folder = try TemporaryFolder()
        let log = ReportLog()
        _ = try data.training(epochs: 2, folder: folder.path).run(shouldStop: { false }, report: log.add)
        let path = folder.path + "/step-000002"
        let result = try HyperfeaturesInspection.evaluate(checkpoint: path, split: .val)
        #expect(result.evaluation.accuracy.perPoint.byBox == log.reports[1]["val_pck_bbox"])
        #expect(result.evaluation.loss == log.reports[1]["val_loss"])
        #expect(result.completedEpochs == 2 && result.pairs == 6)
        let mixing = try HyperfeaturesInspection.mixing(checkpoint: path)
        #expect(mixing.layout.text == "timesteps -1,300; layers 6x4x4,8x8x8")
        #expect(abs(mixing.weights.reduce(0, +) - 1) < 1e-12)
        #expect(abs(mixing.entropy - (try #require(log.reports[1]["mixing_entropy"]))) < 1e-6)
        let raw = try HyperfeaturesInspection.raw(data.configuration(), split: .test)
        #expect(raw.cells.count == 4 && raw.pairs == 6)
        // The codes are in layer 1, with less noise at the first timestep.
        let found = raw.cells.map(\.perPoint.byBox)
        #expect(found[1] > found[0] + 0.3 && found[1] >= found[3] && found[3] > found[2])
    }

    @Test func aDHFNetworkIsTakenOver() throws {
        let data = try SyntheticFeatures()
        let folder = try TemporaryFolder()
        let made = try data.training(seed: 9)
        let path = folder.path + "/weights.safetensors"
        try SafetensorsFile(tensors: made.workload.network.tensors).encoded().write(to: URL(fileURLWithPath: path))
        let taken = try data.training([("pretrained", .string(path))], seed: 1)
        for (a, b) in zip(made.workload.network.tensors, taken.workload.network.tensors) {
            #expect(try a.tensor.isEqual(to: b.tensor), "\(a.name)")
        }
    }
}
