internal import HyperSchedProtocol

/// Divides the slots of one kind among the sweeps that want them (docs/SCHEDULING.md, "Several sweeps"). In this order:
/// one unit for every sweep with a weight; then, the larger priority first, what each needs to keep its deadline (the
/// nearer deadline first), and weighted water-filling of the rest. What one sweep has no use for goes to the others.
struct SlotShares {
    /// One sweep that takes part.
    struct Claim {
        /// Which of the groups of agents may serve it; see ``Bound``.
        var group = 0
        /// Slots are dealt in multiples of this: `slots.min`.
        var unit = 1
        var weight = 1.0
        var priority = 0
        var deadline = Timestamp(milliseconds: 0)
        /// What it needs to keep its deadline (``MinimumShare``), slots.
        var minimum = 0
        /// Most slots that it has a use for.
        var limit = Int.max
    }

    /// The sweeps of these groups can have no more than so many slots together.
    struct Bound {
        /// Bit g: group g is in it.
        let groups: UInt64
        let slots: Int
    }

    private let claims: [Claim]
    private let bounds: [Bound]
    /// Dealt so far, in the order of the claims.
    private(set) var slots: [Int]
    private var used: [Int]

    /// - Parameters:
    ///   - claims: in the order in which equals are served.
    ///   - floorOrder: indices of the claims in the order in which they get their first unit.
    ///   - bounds: every group is in one of them at least.
    init(_ claims: [Claim], floorOrder: [Int], bounds: [Bound]) {
        self.claims = claims
        self.bounds = bounds
        slots = claims.map { _ in 0 }
        used = bounds.map { _ in 0 }
        for index in floorOrder where claims[index].weight > 0 && claims[index].limit >= claims[index].unit {
            if room(index) >= claims[index].unit { give(index, claims[index].unit) }
        }
        let priorities = Set(claims.map(\.priority)).sorted(by: >)
        for isWeighted in [true, false] {
            for priority in priorities {
                let members = claims.indices.filter {
                    claims[$0].priority == priority && (claims[$0].weight > 0) == isWeighted
                }
                dealMinimums(members)
                fill(members)
            }
        }
    }

    /// Slots that the claim could have beyond what is dealt.
    private func room(_ index: Int) -> Int { bounds.indices.filter { has(index, $0) }.map(left).min() ?? 0 }

    private func has(_ index: Int, _ bound: Int) -> Bool { bounds[bound].groups & (1 << claims[index].group) != 0 }

    private func left(_ bound: Int) -> Int { bounds[bound].slots - used[bound] }

    private mutating func give(_ index: Int, _ count: Int) {
        slots[index] += count
        for bound in bounds.indices where has(index, bound) { used[bound] += count }
    }

    private mutating func dealMinimums(_ members: [Int]) {
        let byDeadline = members.sorted { (claims[$0].deadline, $0) < (claims[$1].deadline, $1) }
        for index in byDeadline where claims[index].weight > 0 {
            let claim = claims[index]
            let wanted = min(claim.minimum, claim.limit) - slots[index]
            let count = min(wanted, room(index)) / claim.unit * claim.unit
            if count > 0 { give(index, count) }
        }
    }

    // MARK: Water-filling

    private func weight(_ index: Int) -> Double { claims[index].weight > 0 ? claims[index].weight : 1 }

    /// The most that the claim can have.
    private func most(_ index: Int) -> Double {
        let (limit, reachable) = (claims[index].limit, slots[index] + room(index))
        return Double(max(slots[index], min(limit, reachable)))
    }

    private mutating func fill(_ members: [Int]) {
        let shares = levels(members)
        for (index, share) in zip(members, shares) {
            let units = Int(((share - Double(slots[index])) / Double(claims[index].unit) + 1e-9).rounded(.down))
            let count = min(units * claims[index].unit, room(index) / claims[index].unit * claims[index].unit)
            if count > 0 { give(index, count) }
        }
        dealRemainders(members, shares)
        dealLeftovers(members)
    }

    /// Weighted max-min shares as real numbers: all rise in proportion to their weights until something holds them.
    private func levels(_ members: [Int]) -> [Double] {
        var shares: [Int: Double] = [:]
        var open = members
        while !open.isEmpty {
            var (lowest, tight) = (Double.infinity, -1)
            for bound in bounds.indices {
                let inside = open.filter { has($0, bound) }
                // The order does not matter: the sum is over what is fixed.
                let fixed = members.filter { shares[$0] != nil && has($0, bound) }
                    .reduce(0.0) { $0 + shares[$1]! - Double(slots[$1]) }
                let level = highestLevel(inside, extra: Double(left(bound)) - fixed)
                if level < lowest { (lowest, tight) = (level, bound) }
            }
            let stopped = tight < 0 ? open : open.filter { has($0, tight) }
            for index in stopped {
                shares[index] = max(Double(slots[index]), min(lowest * weight(index), most(index)))
            }
            open.removeAll { shares[$0] != nil }
        }
        return members.map { shares[$0]! }
    }

    /// The largest λ with Σ max(0, min(λ w, most) - slots) ≤ extra; infinite when nothing holds them.
    private func highestLevel(_ members: [Int], extra: Double) -> Double {
        // Between the points at which a member begins and ends to rise the sum is linear.
        var turns: [(level: Double, slope: Double)] = []
        for index in members where most(index) > Double(slots[index]) {
            turns.append((Double(slots[index]) / weight(index), weight(index)))
            turns.append((most(index) / weight(index), -weight(index)))
        }
        turns.sort { $0.level < $1.level }
        let extra = max(0, extra)
        var (level, slope, dealt) = (0.0, 0.0, 0.0)
        for turn in turns {
            let more = slope * (turn.level - level)
            if dealt + more > extra { return level + (extra - dealt) / slope }
            (level, slope, dealt) = (turn.level, slope + turn.slope, dealt + more)
        }
        return .infinity
    }

    // MARK: Whole units

    /// Largest remainder first.
    private mutating func dealRemainders(_ members: [Int], _ shares: [Double]) {
        let parts = zip(members, shares).map { index, share in
            (index: index, part: (share - Double(slots[index])) / Double(claims[index].unit))
        }
        for (index, part) in parts.sorted(by: { ($1.part, $0.index) < ($0.part, $1.index) }) where part > 1e-6 {
            if takesUnit(index) { give(index, claims[index].unit) }
        }
    }

    /// Units that rounding has left go where the share per weight is smallest.
    private mutating func dealLeftovers(_ members: [Int]) {
        while true {
            let takers = members.filter(takesUnit)
            guard
                let next = takers.min(by: { a, b in (rank(a), a) < (rank(b), b) })
            else { return }
            give(next, claims[next].unit)
        }
    }

    private func rank(_ index: Int) -> Double { Double(slots[index] + claims[index].unit) / weight(index) }

    private func takesUnit(_ index: Int) -> Bool {
        let unit = claims[index].unit
        return room(index) >= unit && slots[index] <= claims[index].limit - unit
    }
}
