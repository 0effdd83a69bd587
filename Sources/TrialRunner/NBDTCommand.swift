import ArgumentParser
import Foundation
import HyperSchedProtocol
import Torch
import Workloads

struct NBDTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nbdt",
        abstract: "Trains a neural-backed decision tree on Fashion-MNIST.",
        discussion: "Parameters (--set NAME=VALUE):\n" + ParameterTable(WorkloadDescription.nbdt).text)

    @Option(help: "Total epochs; the schedules depend on it. (default: HYPERSCHED_MAX_STEPS, or 10)")
    var epochs: Int?

    @Option(name: .customLong("set"), help: "One parameter, NAME=VALUE. May be repeated.")
    var settings: [String] = []

    @Option(help: "Folder for checkpoints. (default: HYPERSCHED_CHECKPOINT_DIR, or none are kept)")
    var checkpointDir: String?

    @Option(help: "Checkpoint directory to go on from. (default: HYPERSCHED_RESUME_FROM)")
    var resume: String?

    @Option(help: "Seed of weights and data order. (default: HYPERSCHED_SEED, or 0)")
    var seed: UInt64?

    @Option(help: "Threads. (default: HYPERSCHED_SLOTS, or 1)")
    var threads: Int?

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            let environment = TrialEnvironment(ProcessInfo.processInfo.environment)
            let given = try environment.configuration(overriddenBy: settings, of: .nbdt)
            let configuration = try NBDTConfiguration(given)
            try TrialOutput.requireTorch(threads: try environment.threads(threads))
            StopSignal.install()
            let trainer = try NBDTTrainer(
                configuration: configuration, seed: try environment.seed(seed),
                totalEpochs: try environment.totalEpochs(epochs), checkpointFolder: try checkpointFolder(environment),
                resume: resume ?? environment.resumeFrom)
            return try train(trainer)
        }
    }

    private func checkpointFolder(_ environment: TrialEnvironment) throws(WorkloadError) -> String? {
        guard let folder = checkpointDir ?? environment.checkpointFolder else { return nil }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw WorkloadError(.failed, "\(folder): cannot be made: \(error.localizedDescription)")
        }
        return folder
    }

    private func train(_ trainer: NBDTTrainer) throws(WorkloadError) -> ExitCode {
        var setup: Double? = ProcessAge.seconds()
        let outcome = try trainer.run(shouldStop: { StopSignal.isRaised }) { report in
            var line = ReportLine(step: report.epoch, metrics: report.metrics, checkpoint: report.checkpoint)
            line.setupSeconds = setup
            setup = nil
            TrialOutput.print(line.text)
        }
        switch outcome {
        case .finished: return .success
        case .stopped(let checkpoint, let completed):
            if let checkpoint { TrialOutput.print(ReportLine.stopped(checkpoint: checkpoint, step: completed)) }
            return ExitCode(75)
        case .diverged(let loss, let epoch, let batch):
            let accuracies = WorkloadDescription.nbdt.metrics.filter { $0.hasSuffix("_accuracy") }
            let metrics = accuracies.map { (name: $0, value: Double.nan) } + [(name: "train_loss", value: loss)]
            TrialOutput.print(ReportLine(step: epoch + 1, metrics: metrics, checkpoint: nil).text)
            let name = loss.isNaN ? "NaN" : "infinite"
            throw WorkloadError(
                .failed, "diverged: loss is \(name) at epoch \(epoch + 1), batch \(batch + 1); lower lr")
        }
    }
}
