internal import HyperSchedProtocol

/// Room for trials over several agents: n agents at once, each with k slots.
extension SlotPool {
    enum Extent {
        /// Free slots, those that are kept for others left out.
        case free(KeptSlots)
        /// All slots, used or not.
        case all
    }

    /// Slots of the trials that could run side by side: all of them for trials on one agent. O(agents) for gangs.
    func room(for request: SlotRequest, _ extent: Extent) -> Int {
        guard request.isGang else {
            switch extent {
            case .free(let kept): return totalFree(without: kept)
            case .all: return totalSlots
            }
        }
        return gangs(of: request.agentCount, units(request, extent)) * request.min
    }

    /// Slots that one trial can have at most.
    func largest(for request: SlotRequest, _ extent: Extent) -> Int {
        guard request.isGang else {
            switch extent {
            case .free(let kept): return largestFree(without: kept)
            case .all: return largest
            }
        }
        return room(for: request, extent) > 0 ? request.min : 0
    }

    /// How many members each agent has room for, agents without room left out.
    private func units(_ request: SlotRequest, _ extent: Extent) -> [Int] {
        places.reversed().compactMap { place in
            let slots: Int
            switch extent {
            case .free(let kept): slots = place.free - min(place.free, kept[place.agent] ?? 0)
            case .all: slots = self.slots(of: place.agent)
            }
            return slots >= request.minEach ? slots / request.minEach : nil
        }
    }

    /// The most gangs of `size` members on different agents: g of them fit just when Σ min(units, g) ≥ size·g.
    private func gangs(of size: Int, _ units: [Int]) -> Int {
        guard units.count >= size else { return 0 }
        var (fits, fitsNot) = (0, units.reduce(0, +) / size + 1)
        while fitsNot - fits > 1 {
            let count = (fits + fitsNot) / 2
            if units.reduce(0, { $0 + min($1, count) }) >= size * count { fits = count } else { fitsNot = count }
        }
        return fits
    }

    /// Agents for the members of one gang. Those with most room come first: so the most gangs fit in the end.
    /// - Returns: nil: there are not enough.
    func gangPlaces(for request: SlotRequest, without kept: KeptSlots) -> [AgentID]? {
        let room = places.map { (agent: $0.agent, free: $0.free - min($0.free, kept[$0.agent] ?? 0)) }
        return Self.roomiest(room, request)
    }

    /// The agents with most room, by name; nil: too few have enough.
    static func roomiest(_ room: [(agent: AgentID, free: Int)], _ request: SlotRequest) -> [AgentID]? {
        let fitting = room.filter { $0.free >= request.minEach }
            .sorted { $0.free == $1.free ? $0.agent < $1.agent : $0.free > $1.free }
        guard fitting.count >= request.agentCount else { return nil }
        return fitting.prefix(request.agentCount).map(\.agent).sorted()
    }
}
