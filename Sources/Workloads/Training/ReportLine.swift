import HyperSchedProtocol

/// One report in the form that an agent reads from a trial's stdout.
public struct ReportLine {
    public let step: Int
    public let metrics: [Metric]
    /// Name of the checkpoint directory that holds the measured network.
    public let checkpoint: String?
    /// Seconds from process start to the first training step; in the first report only.
    public var setupSeconds: Double?

    public init(step: Int, metrics: [Metric], checkpoint: String?) {
        self.step = step
        self.metrics = metrics
        self.checkpoint = checkpoint
    }

    public var text: String {
        var fields = ["\"step\": \(step)"]
        fields += metrics.map { "\"\($0.name)\": \(WireCoding.encodeText(MetricValue($0.value)))" }
        if let setupSeconds { fields.append("\"setup_time_s\": \(setupSeconds)") }
        if let checkpoint { fields.append("\"checkpoint\": \"\(checkpoint)\"") }
        return "[tune-metric]: {\(fields.joined(separator: ", "))}"
    }

    /// The line for a checkpoint made because the trial was asked to stop.
    public static func stopped(checkpoint: String, step: Int) -> String {
        "[hypersched]: {\"checkpoint\": \"\(checkpoint)\", \"step\": \(step)}"
    }
}
