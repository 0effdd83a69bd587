/// What an epoch reports.
public struct NBDTReport: Sendable {
    /// Completed epochs.
    public let epoch: Int
    /// In the order of `WorkloadDescription.nbdt`; a metric that does not exist yet is left out.
    public let metrics: [(name: String, value: Double)]
    /// Name of the checkpoint that holds exactly the network that was measured; nil where none is kept.
    public let checkpoint: String?
}
