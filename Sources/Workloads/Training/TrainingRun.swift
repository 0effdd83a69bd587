import HyperSchedProtocol
import Torch

/// Trains one workload, epoch by epoch, and can stop and go on at any optimiser step without a trace.
public final class TrainingRun<Work: Workload> {
    public let workload: Work
    public let trial: Trial
    private(set) var progress = RunProgress()
    private let checkpointFolder: String?

    /// - Parameters:
    ///   - checkpointFolder: an existing folder; nil where no checkpoints are to be kept.
    ///   - resume: a checkpoint directory of this very run.
    public convenience init(
        _ trial: Trial, checkpointFolder: String? = nil, resume: String? = nil
    ) throws(WorkloadError) {
        var trial = trial
        trial.isContinued = resume != nil
        try self.init(try Work(trial), trial: trial, checkpointFolder: checkpointFolder, resume: resume)
    }

    /// - Parameter workload: made for this trial.
    public init(
        _ workload: Work, trial: Trial, checkpointFolder: String? = nil, resume: String? = nil
    ) throws(WorkloadError) {
        self.workload = workload
        self.trial = trial
        self.checkpointFolder = checkpointFolder
        if let resume { try restore(from: resume) }
    }

    public var completedEpochs: Int { progress.epoch }

    /// Runs until all epochs are done, the loss is not finite, or `shouldStop` answers true before an optimiser step.
    public func run(
        shouldStop: () -> Bool, report: (EpochReport) throws(WorkloadError) -> Void
    ) throws(WorkloadError) -> TrainingOutcome {
        while progress.epoch < trial.totalEpochs {
            let started = ContinuousClock.now
            let before = progress.samples
            try workload.beginEpoch(progress.epoch, isNew: progress.step == 0)
            if let outcome = try WorkloadError.lifting({ () throws(TorchError) in try runSteps(shouldStop) }) {
                guard case .stopped = outcome else { return outcome }
                return .stopped(checkpoint: try save(stopping: true), completedEpochs: progress.epoch)
            }
            let rate = Double(progress.samples - before) / ((ContinuousClock.now - started) / .seconds(1))
            try finishEpoch(samplesPerSecond: rate, report)
        }
        return .finished
    }

    /// Runs the rest of the epoch at hand; nil where it was done to its end.
    private func runSteps(_ shouldStop: () -> Bool) throws(TorchError) -> TrainingOutcome? {
        while progress.step < workload.steps(inEpoch: progress.epoch) {
            if shouldStop() { return .stopped(checkpoint: nil, completedEpochs: progress.epoch) }
            let result = try workload.step(progress.step, epoch: progress.epoch)
            guard result.loss.isFinite else {
                return .diverged(loss: result.loss, epoch: progress.epoch, step: progress.step)
            }
            progress.add(result)
        }
        return nil
    }

    private func finishEpoch(
        samplesPerSecond: Double, _ report: (EpochReport) throws(WorkloadError) -> Void
    ) throws(WorkloadError) {
        let metrics = try workload.finishEpoch(progress.summary(samplesPerSecond: samplesPerSecond))
        let objective = metrics.first { $0.name == Work.description.metrics.first }?.value
        progress.finishEpoch(objective: objective)
        let checkpoint = try save(stopping: false)
        try report(EpochReport(epoch: progress.epoch, metrics: metrics, checkpoint: checkpoint))
    }

    /// Writes a checkpoint of the present state and returns its name; nil where none is kept.
    private func save(stopping: Bool) throws(WorkloadError) -> String? {
        guard let checkpointFolder else { return nil }
        let bytes = try WorkloadError.lifting { () throws(TorchError) in
            try Checkpoint.encode(workload, trial: trial, progress: progress).encoded()
        }
        let name = progress.checkpointName(stopping: stopping)
        try CheckpointFolder.write(bytes, folder: checkpointFolder, name: name)
        return name
    }

    private func restore(from folder: String) throws(WorkloadError) {
        let checkpoint = try Checkpoint(folder: folder, of: Work.description)
        try checkpoint.check(trial: trial, ignoring: Work.locations)
        try workload.restore(notes: checkpoint.notes)
        try checkpoint.restore(workload.tensors)
        progress = checkpoint.progress
    }
}
