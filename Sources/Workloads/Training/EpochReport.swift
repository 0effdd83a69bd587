/// What an epoch reports.
public struct EpochReport: Sendable {
    /// Completed epochs.
    public let epoch: Int
    public let metrics: [Metric]
    /// Name of the checkpoint that holds exactly the model that was measured; nil where none is kept.
    public let checkpoint: String?
}
