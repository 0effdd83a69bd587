import HyperSchedProtocol

/// Calls that wait until a sweep has news for a program that proposes configurations.
struct ObservationWaiters {
    /// Names one waiting call.
    typealias ID = Int

    /// What the caller has seen.
    struct Waiter {
        let sweep: SweepID
        let after: Int64
        let wanted: Int
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

    mutating func add(_ id: ID, _ waiter: Waiter) { waiting[id] = waiter }

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
