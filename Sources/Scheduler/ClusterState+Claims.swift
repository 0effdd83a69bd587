internal import HyperSchedProtocol

/// What sweeps may claim that hold less than their share, and the slots that are kept for them meanwhile.
extension ClusterState {
    /// Claims of one sweep that are looked at in one decision.
    private static let mostClaims = 64

    /// Sweeps that are short of slots, in the order in which they are served.
    func shortSweeps() -> [SweepID] {
        let short = activeSweeps.filter { shares[$0]?.isShort == true }
        let line = short.enumerated().map { (LinePlace(keys: urgency(of: $1), arrival: $0), $1) }
        return line.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Served first: who holds nothing; the larger priority; who is below its minimum share, the nearer deadline first;
    /// the smaller part of its share.
    private func urgency(of sweep: SweepID) -> [Double] {
        let (runtime, share) = (runtimes[sweep]!, shares[sweep]!)
        let held = runtime.committedSlots
        let isBelowMinimum = held < min(share.minimum, share.slots)
        return [
            held == 0 ? 0 : 1, -Double(runtime.record.spec.priority),
            isBelowMinimum ? Double(runtime.record.spec.deadline.milliseconds) : .infinity,
            Double(held) / Double(max(1, share.slots)),
        ]
    }

    /// All claims in the order in which they are served: what can be started now before what may come.
    func claims(at now: Timestamp) -> [SlotClaim] {
        let all = shortSweeps().flatMap { claims(of: $0, at: now) }
        return all.filter { !$0.isExpected } + all.filter(\.isExpected)
    }

    /// What the sweep would start or let grow if it had its share.
    private func claims(of sweep: SweepID, at now: Timestamp) -> [SlotClaim] {
        let (runtime, share) = (runtimes[sweep]!, shares[sweep]!)
        let room = share.slots - runtime.committedSlots
        guard share.isShort, room > 0 else { return [] }
        let view = view(of: sweep, SlotRoom(scope: .whole, capacity: share.capacity, limit: room), at: now)
        switch runtime.policy.wish(in: view) {
        case .nothing: return []
        case .start(let slots, let count):
            guard slots <= room else { return [] }
            let claim = SlotClaim(
                sweep: sweep, slots: slots, agent: nil, agents: view.agents,
                isExpected: expectsProposal(runtime, view))
            return Array(repeating: claim, count: min(count, room / slots, Self.mostClaims))
        case .grow(let growths):
            var left = room
            return growths.prefix(Self.mostClaims).compactMap { growth in
                guard growth.slots <= left, let lease = leasesByTrial[growth.trial] else { return nil }
                left -= growth.slots
                return SlotClaim(sweep: sweep, slots: growth.slots, agent: lease.agent)
            }
        }
    }

    private func expectsProposal(_ runtime: SweepRuntime, _ view: SweepView) -> Bool {
        guard runtime.sampler.isExternal, case .startNew = runtime.policy.choose(in: view) else { return false }
        return true
    }

    /// Keeps for each claim slots that are free or soon will be.
    ///
    /// - Returns: the claims for which there are none.
    func match(_ claims: [SlotClaim], at now: Timestamp) -> (marks: SlotMarks, unmet: [SlotClaim]) {
        guard !claims.isEmpty else { return (SlotMarks(leaving: [:]), []) }
        var marks = SlotMarks(leaving: leavingSlots())
        var unmet: [SlotClaim] = []
        for claim in claims {
            if let agents = agents(for: claim, marks, at: now) {
                for agent in agents { marks.mark(claim, on: agent) }
            } else if !claim.isExpected {
                for agent in assemblyPlaces(for: claim, marks, at: now) {
                    marks.mark(claim, on: agent, isAssembly: true)
                }
                unmet.append(claim)
            }
        }
        return (marks, unmet)
    }

    private func agents(for claim: SlotClaim, _ marks: SlotMarks, at now: Timestamp) -> [AgentID]? {
        guard claim.agents > 1 else { return agent(for: claim, marks, at: now).map { [$0] } }
        let request = runtimes[claim.sweep]!.record.spec.slots
        let pool = pool(for: request)
        let tooShort = slotsEndingTooSoon(for: claim.sweep, at: now)
        if let agents = pool.gangPlaces(for: request, without: marks.kept.merging(tooShort) { max($0, $1) }) {
            return agents
        }
        let room = pool.places.map { place in
            let isUsable = tooShort[place.agent] == nil
            return (agent: place.agent, free: isUsable ? marks.available(for: claim, on: place.agent, pool) : 0)
        }
        return SlotPool.roomiest(room, request)
    }

    private func agent(for claim: SlotClaim, _ marks: SlotMarks, at now: Timestamp) -> AgentID? {
        let pool = pool(for: runtimes[claim.sweep]!.record.spec.slots)
        let tooShort = slotsEndingTooSoon(for: claim.sweep, at: now)
        if let agent = claim.agent {
            return tooShort[agent] == nil && marks.available(for: claim, on: agent, pool) >= claim.slots ? agent : nil
        }
        let kept = marks.kept.merging(tooShort) { max($0, $1) }
        if let agent = pool.bestFit(claim.slots, without: kept) { return agent }
        let fitting = marks.leaving.keys.sorted().filter {
            tooShort[$0] == nil && marks.available(for: claim, on: $0, pool) >= claim.slots
        }
        return fitting.min { a, b in
            (marks.available(for: claim, on: a, pool), a) < (marks.available(for: claim, on: b, pool), b)
        }
    }

    /// A sweep that has waited for long and needs several slots at once, of one agent or on several: they are gathered
    /// there, though they stay idle meanwhile.
    private func assemblyPlaces(for claim: SlotClaim, _ marks: SlotMarks, at now: Timestamp) -> [AgentID] {
        let runtime = runtimes[claim.sweep]!
        guard claim.agent == nil, claim.slots > 1, runtime.committedSlots == 0, let since = runtime.record.waitsSince,
            now >= since.advanced(bySeconds: settings.preemptAfterSeconds)
        else { return [] }
        let pool = pool(for: runtime.record.spec.slots)
        let tooShort = slotsEndingTooSoon(for: claim.sweep, at: now)
        let candidates = pool.places.map(\.agent).filter { agent in
            tooShort[agent] == nil && agentRecords[agent]!.slotCount(of: pool.key.kind) >= claim.each
                && (claim.agents > 1 || marks.available(for: claim, on: agent, pool) > 0)
        }
        let best = candidates.sorted { a, b in
            let (x, y) = (marks.available(for: claim, on: a, pool), marks.available(for: claim, on: b, pool))
            return x == y ? a < b : x > y
        }
        return best.count >= claim.agents ? Array(best.prefix(claim.agents)) : []
    }

    /// By agent, the slots that trials on their way out will give back.
    private func leavingSlots() -> [AgentID: Int] {
        var leaving: [AgentID: Int] = [:]
        for sweep in activeSweeps {
            for trial in runtimes[sweep]!.leaving {
                let lease = leasesByTrial[trial]!
                if lease.gang != nil {
                    for place in lease.holdings { leaving[place.agent, default: 0] += place.slots.count }
                    continue
                }
                let slots = lease.slots.count + lease.reserved.count - lease.committedSlots
                if slots > 0 { leaving[lease.agent, default: 0] += slots }
            }
        }
        return leaving
    }
}
