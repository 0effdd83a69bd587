internal import HyperSchedProtocol

/// Which sweeps compete for the same slots. Requests with equal labels form a group; any set of groups can have no more
/// than the slots of the agents that suit one of them at least, which is all there is to know about what is feasible.
struct SlotBounds {
    /// Sets of more groups than these are not all looked at: only each group and all of them together.
    private static let mostGroups = 4

    /// By sweep, in the order given.
    let groups: [Int]
    let bounds: [SlotShares.Bound]

    /// - Parameter slots: of all usable agents that suit a request.
    init(_ requests: [SlotPool.Key], slots: (SlotPool.Key) -> Int) {
        var keys: [SlotPool.Key] = []
        groups = requests.map { key in
            let place = keys.firstIndex(of: key) ?? keys.count
            if place == keys.count { keys.append(key) }
            // Bits are few; what comes later is held by the bound of all groups alone.
            return min(place, UInt64.bitWidth - 1)
        }
        if keys.count <= Self.mostGroups {
            bounds = (1..<(1 << keys.count)).map { mask in
                SlotShares.Bound(groups: UInt64(mask), slots: Self.union(keys.subset(mask), slots))
            }
        } else {
            let singles = keys.prefix(UInt64.bitWidth - 1).enumerated()
                .map { SlotShares.Bound(groups: 1 << $0, slots: slots($1)) }
            let all = slots(SlotPool.Key(kind: keys[0].kind, labels: [:]))
            bounds = singles + [SlotShares.Bound(groups: .max, slots: all)]
        }
    }

    /// Slots of the agents that suit one of the requests at least, by inclusion and exclusion.
    private static func union(_ keys: [SlotPool.Key], _ slots: (SlotPool.Key) -> Int) -> Int {
        (1..<(1 << keys.count)).reduce(0) { sum, mask in
            let chosen = keys.subset(mask)
            let common = chosen.dropFirst().reduce(chosen.first) { $0?.merged(with: $1) }
            return sum + (chosen.count % 2 == 1 ? 1 : -1) * (common.map(slots) ?? 0)
        }
    }

    /// Every request that the bounds of these will ask about.
    static func pools(for requests: [SlotPool.Key]) -> Set<SlotPool.Key> {
        var needed = Set(requests)
        for kind in SlotKind.allCases {
            let keys = requests.filter { $0.kind == kind }
                .reduce(into: [SlotPool.Key]()) { if !$0.contains($1) { $0.append($1) } }
            guard keys.count > 1 else { continue }
            if keys.count > mostGroups {
                needed.insert(SlotPool.Key(kind: kind, labels: [:]))
                continue
            }
            for mask in 1..<(1 << keys.count) {
                let chosen = keys.subset(mask)
                let common = chosen.dropFirst().reduce(chosen.first) { $0?.merged(with: $1) }
                if let common { needed.insert(common) }
            }
        }
        return needed
    }

    /// Slots that nobody else has been dealt and that the sweep could use beside its own.
    func room(for place: Int, beside dealt: [Int]) -> Int {
        let room = bounds.filter { $0.groups & (1 << groups[place]) != 0 }.map { bound in
            bound.slots
                - dealt.indices.reduce(0) { $0 + (bound.groups & (1 << groups[$1]) != 0 ? dealt[$1] : 0) }
        }
        return max(0, room.min() ?? 0)
    }
}

extension SlotPool.Key {
    /// What suits both requests; nil: nothing can.
    func merged(with other: Self) -> Self? {
        guard kind == other.kind else { return nil }
        guard labels.allSatisfy({ other.labels[$0.key] == nil || other.labels[$0.key] == $0.value }) else { return nil }
        return Self(
            kind: kind, labels: labels.merging(other.labels) { $1 }, isForGangs: isForGangs || other.isForGangs)
    }
}

extension Array {
    /// The elements whose bits are set.
    fileprivate func subset(_ mask: Int) -> [Element] { indices.filter { mask & (1 << $0) != 0 }.map { self[$0] } }
}
