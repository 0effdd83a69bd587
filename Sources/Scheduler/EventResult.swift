public import HyperSchedProtocol

/// The core's answer to one event.
public enum EventResult: Hashable, Sendable {
    case done
    case receipt(ReportReceipt)
    /// Nothing was changed.
    case refused(Problem)
}
