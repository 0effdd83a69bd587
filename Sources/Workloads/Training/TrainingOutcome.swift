/// What a training ended with.
public enum TrainingOutcome: Equatable, Sendable {
    case finished
    /// Asked to stop; a checkpoint with this name was written, where there is a folder for it.
    case stopped(checkpoint: String?, completedEpochs: Int)
    /// The loss was not finite. Epoch and step count from 0.
    case diverged(loss: Double, epoch: Int, step: Int)
}
