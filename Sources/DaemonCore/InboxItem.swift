import HyperSchedProtocol
import Scheduler

/// Something for the control loop to do, and who waits for the answer.
struct InboxItem: Sendable {
    enum Request: Sendable {
        case event(ClusterEvent)
        /// A new sweep; its id is given in the round.
        case submission(SweepSpec, Submission?)
    }

    /// The client's own key for a submission, so that it may send it again.
    struct Submission: Sendable {
        let key: String
        let fingerprint: String
    }

    enum Reply: Sendable {
        case result(EventResult)
        /// `isNew` is false when the key was known: nothing was done.
        case sweep(SweepID, isNew: Bool)
    }

    let request: Request
    let arrival = ContinuousClock.now
    /// nil: nobody waits (a tick).
    let reply: CheckedContinuation<Result<Reply, Problem>, Never>?
}
