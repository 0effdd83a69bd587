public import HyperSchedProtocol

/// The core's answer to one event.
public enum EventResult: Hashable, Sendable {
    case done
    case receipt(ReportReceipt)
    /// A proposal is this trial now; `isNew` is false when it was taken before under the same key.
    case proposed(TrialID, isNew: Bool)
    /// Nothing was changed.
    case refused(Problem)
}
