import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Training, stopping, going on", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct TrainingTests {
    private static let variants: [[(name: String, value: ParameterValue)]] = [
        [], [("augment", .bool(true)), ("tree_loss", .string("soft_nll"))],
        [("hierarchy", .string("random")), ("tree_loss", .string("hard")), ("tree_start", .real(0))],
        [("model", .string("resnet10")), ("epoch_images", .int(64))],
    ]

    @Test(arguments: variants.indices) func resumedTrainingEqualsUninterrupted(_ variant: Int) throws {
        let configuration = SyntheticImages.configuration(Self.variants[variant])
        try ResumeCheck.run(stepsPerAttempt: 3) { folder, resume in
            try SyntheticImages.training(configuration, folder: folder, resume: resume)
        }
    }

    /// The same on colour images with a wide residual network, and with two replicas.
    @Test func wideNetworksAndReplicasResumeToo() throws {
        let configuration = SyntheticImages.configuration([
            ("model", .string("wrn")), ("wrn_depth", .int(10)), ("wrn_width", .int(1)), ("epoch_images", .int(64)),
            ("hierarchy", .string("random")), ("branching", .int(3)),
        ])
        try ResumeCheck.run(stepsPerAttempt: 3) { folder, resume in
            try SyntheticImages.training(
                configuration, folder: folder, resume: resume, data: SyntheticImages.colourSplits,
                devices: [.cpu, .cpu])
        }
    }

    /// Two replicas see the batch in halves: with evaluation statistics for batch norm left out of the picture the
    /// losses of an epoch agree up to what normalising by halves changes.
    @Test func replicasKeepTheBatch() throws {
        let logs = try [[Device.cpu], [.cpu, .cpu]].map { devices in
            let log = ReportLog()
            let training = try SyntheticImages.training(SyntheticImages.configuration(), epochs: 3, devices: devices)
            _ = try training.run(shouldStop: { false }, report: log.add)
            return log.reports
        }
        for (one, two) in zip(logs[0], logs[1]) {
            let (a, b) = (try #require(one["train_loss"]), try #require(two["train_loss"]))
            #expect(abs(a - b) < 0.15 * a)
        }
    }

    @Test func learnsAndReports() throws {
        let log = ReportLog()
        let trainer = try SyntheticImages.training(SyntheticImages.configuration(), epochs: 6)
        #expect(try trainer.run(shouldStop: { false }, report: log.add) == .finished)
        let last = try #require(log.reports.last)
        for name in ["val_flat_accuracy", "val_soft_accuracy", "val_hard_accuracy"] {
            #expect(try #require(last[name]) > 0.9)
        }
        // tree_start 0.4 of 6 epochs: the third epoch is the first with a tree.
        #expect(log.reports.map { $0["tree_loss"] != nil } == [false, false, true, true, true, true])
        let known = Set(WorkloadDescription.nbdt.metrics)
        #expect(log.reports.allSatisfy { known.isSuperset(of: $0.keys) })
        #expect(log.checkpoints.allSatisfy { $0 == nil })
    }

    @Test func stopsBeforeTheFirstStep() throws {
        let folder = try TemporaryFolder()
        let trainer = try SyntheticImages.training(SyntheticImages.configuration(), folder: folder.path)
        let outcome = try trainer.run(shouldStop: { true }, report: { _ in Issue.record("no epoch was done") })
        #expect(outcome == .stopped(checkpoint: "step-000000-000000", completedEpochs: 0))
        // Stopped at the same place again: the checkpoint is replaced, and stays readable.
        let again = try SyntheticImages.training(
            SyntheticImages.configuration(), folder: folder.path, resume: folder.path + "/step-000000-000000")
        #expect(try again.run(shouldStop: { true }, report: { _ in }) == outcome)
        #expect(try folder.names == ["step-000000-000000"])
        _ = try Checkpoint(folder: folder.path + "/step-000000-000000", of: .nbdt)
    }

    @Test func aLossThatIsNotFiniteEndsTheRun() throws {
        let configuration = SyntheticImages.configuration([("lr", .real(10)), ("weight_decay", .real(1))])
        let trainer = try SyntheticImages.training(configuration, epochs: 100)
        let outcome = try trainer.run(shouldStop: { false }, report: { _ in })
        guard case .diverged(let loss, _, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(!loss.isFinite)
    }

    @Test func seedsDiffer() throws {
        let logs = try [5, 6].map { seed in
            let log = ReportLog()
            let trainer = try SyntheticImages.training(
                SyntheticImages.configuration(), seed: UInt64(seed), epochs: 1)
            _ = try trainer.run(shouldStop: { false }, report: log.add)
            return log.reports
        }
        #expect(logs[0] != logs[1])
    }

    /// Soft accuracy of a flat tree is the flat accuracy, always.
    @Test func aFlatTreeChangesNothing() throws {
        let log = ReportLog()
        let configuration = SyntheticImages.configuration([("hierarchy", .string("flat"))])
        _ = try SyntheticImages.training(configuration, epochs: 2).run(shouldStop: { false }, report: log.add)
        for report in log.reports {
            #expect(report["val_soft_accuracy"] == report["val_flat_accuracy"])
            #expect(report["val_hard_accuracy"] == report["val_flat_accuracy"])
            #expect(report["tree_depth"] == 1)
        }
    }
}
