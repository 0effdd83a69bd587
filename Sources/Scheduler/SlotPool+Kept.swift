internal import HyperSchedProtocol

/// Slots that are free and yet not for everybody: kept for another sweep, or of an agent that ends too soon. By agent,
/// for look-up only.
typealias KeptSlots = [AgentID: Int]

extension SlotPool {
    /// Free slots on the agent that has most of them, kept ones left out.
    func largestFree(without kept: KeptSlots) -> Int {
        guard !kept.isEmpty else { return largestFree }
        var largest = 0
        for place in places.reversed() {
            guard place.free > largest else { break }
            largest = max(largest, place.free - min(place.free, kept[place.agent] ?? 0))
        }
        return largest
    }

    func totalFree(without kept: KeptSlots) -> Int {
        // The order does not matter: it is a sum.
        kept.reduce(totalFree) { $0 - min($1.value, free(on: $1.key)) }
    }

    /// Best fit among the agents that have so many free slots beside those that are kept.
    func bestFit(_ slots: Int, without kept: KeptSlots) -> AgentID? {
        guard !kept.isEmpty else { return bestFit(slots) }
        var rank = places.lowerBound(of: Place(free: slots, agent: AgentID("")))
        while rank < places.count {
            let place = places[rank]
            if place.free - min(place.free, kept[place.agent] ?? 0) >= slots { return place.agent }
            rank += 1
        }
        return nil
    }
}
