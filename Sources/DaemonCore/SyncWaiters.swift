import HyperSchedProtocol

/// Syncs that wait until there is something newer for their agent.
struct SyncWaiters {
    /// Names one waiting call.
    typealias ID = Int

    struct Waiter {
        let agent: AgentID
        let session: String
        let seenVersion: Int64
        let continuation: CheckedContinuation<Void, Never>
    }

    private var waiting: [ID: Waiter] = [:]
    private var lastID = 0

    var count: Int { waiting.count }

    /// The name for the next call.
    mutating func nextID() -> ID {
        lastID += 1
        return lastID
    }

    /// Adds a call. An earlier one of the same agent process is over: its connection was lost.
    mutating func add(_ id: ID, _ waiter: Waiter) {
        wake { $0.agent == waiter.agent && $0.session == waiter.session }
        waiting[id] = waiter
    }

    mutating func wake(_ id: ID) {
        waiting.removeValue(forKey: id)?.continuation.resume()
    }

    /// Ends the wait of all that the condition holds for; their order does not matter.
    mutating func wake(where condition: (Waiter) -> Bool) {
        for (id, waiter) in waiting where condition(waiter) {
            waiting[id] = nil
            waiter.continuation.resume()
        }
    }
}
