import ArgumentParser
import Foundation
import HyperSchedProtocol
import Torch
import Workloads

/// A workload that the program offers, with what can be done beside training it.
protocol OfferedWorkload: Workload {
    /// `hypersched-trial NAME SUBCOMMAND`
    static var tools: [any ParsableCommand.Type] { get }
}

/// `hypersched-trial NAME` where there are tools beside training: `hypersched-trial NAME [train]` and `NAME TOOL`. It
/// has no options of its own: a command takes those that it knows from what follows its subcommand too.
struct WorkloadGroup<Work: OfferedWorkload>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Work.description.name,
            abstract: "Trains: \(Work.description.summary).",
            discussion: """
                Without a subcommand it trains: the options are those of `\(Work.description.name) train --help`.
                Parameters (--set NAME=VALUE):
                """ + "\n" + Work.description.text,
            subcommands: [WorkloadCommand<Work>.self] + Work.tools, defaultSubcommand: WorkloadCommand<Work>.self)
    }
}

/// `hypersched-trial NAME`: one trial of a workload.
struct WorkloadCommand<Work: OfferedWorkload>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Work.tools.isEmpty ? Work.description.name : "train",
            abstract: "Trains: \(Work.description.summary).",
            discussion: "Parameters (--set NAME=VALUE):\n" + Work.description.text)
    }

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

    @Option(help: "cpu, or cuda for the devices of CUDA_VISIBLE_DEVICES. (default: cuda where an agent gave GPUs)")
    var device: String?

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            let environment = TrialEnvironment(ProcessInfo.processInfo.environment)
            let given = try environment.configuration(overriddenBy: settings, of: Work.description)
            // Bad parameters are named also where libtorch is missing.
            _ = try Parameters(given, of: Work.description)
            try TrialOutput.requireTorch(threads: try environment.threads(threads))
            let trial = try Trial(
                given, of: Work.description, seed: try environment.seed(seed),
                totalEpochs: try environment.totalEpochs(epochs), devices: try environment.devices(device),
                isChild: resume == nil && environment.isChild)
            StopSignal.install()
            let training = try TrainingRun<Work>(
                trial, checkpointFolder: try checkpointFolder(environment), resume: resume ?? environment.resumeFrom)
            return try train(training)
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

    private func train(_ training: TrainingRun<Work>) throws(WorkloadError) -> ExitCode {
        var setup: Double? = ProcessAge.seconds()
        let outcome = try training.run(shouldStop: { StopSignal.isRaised }) { report in
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
        case .diverged(let loss, let epoch, let step):
            // What is measured on held-out data no longer exists; the agent learns it in the usual way.
            let measured = Work.description.metrics.filter { $0.hasPrefix("val_") }
            let metrics = measured.map { Metric($0, .nan) } + [Metric("train_loss", loss)]
            TrialOutput.print(ReportLine(step: epoch + 1, metrics: metrics, checkpoint: nil).text)
            let name = loss.isNaN ? "NaN" : "infinite"
            throw WorkloadError(
                .failed, "diverged: loss is \(name) at epoch \(epoch + 1), batch \(step + 1); lower lr")
        }
    }
}
