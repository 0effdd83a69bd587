internal import HyperSchedProtocol

/// Takes slots back, always by checkpoint: the trial is told to stop, and goes on when its sweep has slots again.
extension ClusterState {
    /// A trial that may have to give slots back.
    struct Donor {
        let trial: TrialID
        let sweep: SweepID
        /// One of over several agents is a donor on each of them.
        let agent: AgentID
        /// Slots that it would give on the agent.
        let slots: Int
        let isWhole: Bool
        /// Slots that its sweep would lose.
        let total: Int
    }

    /// For each claim stops as many trials as it takes, of sweeps that hold more than their share.
    /// - Returns: whether any was stopped.
    mutating func reclaim(_ claims: [SlotClaim], _ marks: SlotMarks, at now: Timestamp) -> Bool {
        var marks = marks
        var changed = false
        for claim in claims {
            let (donors, agents) = donors(for: claim, marks, at: now)
            for donor in donors {
                let gang = leasesByTrial[donor.trial]!.gang
                take(donor, for: claim, at: now)
                if let gang {
                    for member in gang.members { marks.leaves(member.slots.count, member.agent) }
                } else {
                    marks.leaves(donor.slots, donor.agent)
                }
                changed = true
            }
            for agent in agents { marks.mark(claim, on: agent) }
        }
        return changed
    }

    private mutating func take(_ donor: Donor, for claim: SlotClaim, at now: Timestamp) {
        let (from, to) = (runtimes[donor.sweep]!, runtimes[claim.sweep]!)
        let share = shares[donor.sweep]!
        let held = leasesByTrial[donor.trial]!.slotCount
        let numbers = [
            "slots": Double(donor.total), "held": Double(from.committedSlots), "share": Double(share.slots),
            "claimant": Double(claim.sweep.rawValue), "claimant_held": Double(to.committedSlots),
            "claimant_share": Double(shares[claim.sweep]!.slots),
        ]
        let why =
            "sweep \(claim.sweep) holds \(to.committedSlots) of the \(shares[claim.sweep]!.slots) slots of its share, "
            + "this sweep \(from.committedSlots) with a share of \(share.slots)"
        guard donor.isWhole else {
            let reason = Reason(
                .share, "shrinks from \(held) to \(held - donor.slots) slots: \(why)", numbers: numbers)
            return beginResize(donor.trial, to: held - donor.slots, reason: reason, at: now)
        }
        let reason = Reason(.preempt, "stopped with a checkpoint, to go on later: \(why)", numbers: numbers)
        decide(.requeue, reason, sweep: donor.sweep, trial: donor.trial, at: now)
        stop(donor.trial, goal: .stop, then: .requeue, reason: reason.text, at: now)
    }

    // MARK: Whom it hits

    /// The trials to stop for the claim, and the agents on which it gets its slots then; empty: it has to wait.
    private func donors(
        for claim: SlotClaim, _ marks: SlotMarks, at now: Timestamp
    ) -> (donors: [Donor], agents: [AgentID]) {
        let tooShort = slotsEndingTooSoon(for: claim.sweep, at: now)
        let pool = pool(for: runtimes[claim.sweep]!.record.spec.slots)
        var eligible: [[Donor]] = []
        for sweep in sweepsToAsk(for: claim) {
            let donors = eligibleDonors(of: sweep, for: claim, pool, at: now).filter { tooShort[$0.agent] == nil }
            guard claim.agents == 1 else {
                eligible.append(donors)
                continue
            }
            let enough = donors.filter { $0.slots + marks.available(for: claim, on: $0.agent, pool) >= claim.slots }
            if let one = leastValuable(enough, of: sweep, at: now) { return ([one], [one.agent]) }
            eligible.append(donors)
        }
        guard claim.agents == 1 else { return gangDonors(eligible, for: claim, marks, pool, tooShort) }
        let chosen = several(of: eligible, for: claim, marks, pool)
        return (chosen, chosen.first.map { [$0.agent] } ?? [])
    }

    /// The smaller priority first, then those without a weight, then who has most above its share per weight.
    private func sweepsToAsk(for claim: SlotClaim) -> [SweepID] {
        let kind = runtimes[claim.sweep]!.record.spec.slots.kind
        let others = activeSweeps.filter { sweep in
            sweep != claim.sweep && shares[sweep] != nil && runtimes[sweep]!.record.spec.slots.kind == kind
        }
        let line = others.enumerated().map { place, sweep -> (LinePlace, SweepID) in
            let spec = runtimes[sweep]!.record.spec
            let weight = spec.effectiveWeight
            let excess = Double(surplus(of: sweep)) / (weight > 0 ? weight : 1)
            // Who is served last gives first.
            return (LinePlace(keys: [Double(spec.priority), weight > 0 ? 1 : 0, -excess], arrival: -place), sweep)
        }
        return line.sorted { $0.0 < $1.0 }.map(\.1)
    }

    func surplus(of sweep: SweepID) -> Int {
        max(0, runtimes[sweep]!.committedSlots - (shares[sweep]?.slots ?? 0))
    }

    private func eligibleDonors(
        of sweep: SweepID, for claim: SlotClaim, _ pool: SlotPool, at now: Timestamp
    ) -> [Donor] {
        let surplus = surplus(of: sweep)
        guard surplus > 0 || movesElsewhere(sweep, pool) else { return [] }
        let donors = stoppable(of: sweep, at: now).flatMap { id -> [Donor] in
            let lease = leasesByTrial[id]!
            let agents = lease.agents.filter { pool.contains($0) && (claim.agent == nil || claim.agent == $0) }
            guard lease.gang == nil else { return members(of: lease, on: agents, surplus) }
            return agents.isEmpty ? [] : [donor(lease, surplus, claim, pool)].compactMap(\.self)
        }
        let saved = donors.filter { trials[$0.trial]!.latestCheckpoint != nil }
        // Work that would be lost counts only where the priority says so.
        let outranks = runtimes[claim.sweep]!.record.spec.priority > runtimes[sweep]!.record.spec.priority
        return saved.isEmpty && outranks ? donors : saved
    }

    /// A gang can only give all that it has.
    private func members(of lease: LeaseRecord, on agents: [AgentID], _ surplus: Int) -> [Donor] {
        guard lease.slotCount <= surplus else { return [] }
        return agents.map {
            Donor(
                trial: lease.attempt.trial, sweep: lease.sweep, agent: $0, slots: lease.slots(on: $0).count,
                isWhole: true, total: lease.slotCount)
        }
    }

    private func donor(_ lease: LeaseRecord, _ surplus: Int, _ claim: SlotClaim, _ pool: SlotPool) -> Donor? {
        let (held, unit) = (lease.slots.count, runtimes[lease.sweep]!.record.spec.slots.min)
        func gives(_ slots: Int) -> Donor {
            Donor(
                trial: lease.attempt.trial, sweep: lease.sweep, agent: lease.agent, slots: slots,
                isWhole: slots == held, total: slots)
        }
        if held <= surplus { return gives(held) }
        // The rest of it keeps the sweep at its share. Without a checkpoint nothing would be left to go on from.
        let part = min(surplus, held - unit) / unit * unit
        if part > 0, trials[lease.attempt.trial]!.latestCheckpoint != nil { return gives(part) }
        return surplus == 0 && movesElsewhere(lease.sweep, pool, slots: held) ? gives(held) : nil
    }

    /// The sweep could have slots on agents that the claimant can not use.
    private func movesElsewhere(_ sweep: SweepID, _ pool: SlotPool, slots: Int? = nil) -> Bool {
        let request = runtimes[sweep]!.record.spec.slots
        let own = self.pool(for: request)
        guard own.key != pool.key else { return false }
        return own.places.reversed().prefix { $0.free >= slots ?? request.min }.contains { !pool.contains($0.agent) }
    }

    /// Running trials that were not started just now and will not end by themselves in a moment.
    private func stoppable(of sweep: SweepID, at now: Timestamp) -> [TrialID] {
        let runtime = runtimes[sweep]!
        let seconds = protectedSeconds(of: sweep)
        var found: [TrialID] = []
        for start in runtime.starts {
            guard now >= start.at.advanced(bySeconds: seconds) else { break }
            if !endsSoon(start.trial, runtime, at: now) { found.append(start.trial) }
        }
        return found.sorted()
    }

    /// Waiting for its end costs no more than a restart.
    private func endsSoon(_ id: TrialID, _ runtime: SweepRuntime, at now: Timestamp) -> Bool {
        let lease = leasesByTrial[id]!
        let units = max(1, lease.slotCount / runtime.record.spec.slots.min)
        guard let step = runtime.forecaster.speed.stepSeconds(of: id, units: units) else { return false }
        let left = Double(max(0, runtime.record.spec.steps.max - progress(of: trials[id]!))) * step
        let restart = runtime.forecaster.speed.setup + runtime.record.longestStopSeconds
        return left <= 2 * restart && now.seconds(since: lease.lastReportAt) <= 2 * left
    }

    private func leastValuable(_ donors: [Donor], of sweep: SweepID, at now: Timestamp) -> Donor? {
        guard !donors.isEmpty else { return nil }
        let view = view(of: sweep, at: now)
        let candidates = donors.compactMap { view.running[$0.trial] }
        let chosen = runtimes[sweep]!.policy.leastValuable(of: candidates, in: view)
        return donors.first { $0.trial == chosen }
    }

    /// No single trial suffices: the agent on which the fewest do together.
    private func several(
        of eligible: [[Donor]], for claim: SlotClaim, _ marks: SlotMarks, _ pool: SlotPool
    ) -> [Donor] {
        let agents = Set(eligible.joined().map(\.agent)).sorted()
        let choices = agents.compactMap { agent -> [Donor]? in
            var missing = claim.slots - marks.available(for: claim, on: agent, pool)
            var left: [SweepID: Int] = [:]
            var chosen: [Donor] = []
            for donor in eligible.joined() where donor.agent == agent && missing > 0 {
                let surplus = left[donor.sweep] ?? surplus(of: donor.sweep)
                guard donor.total <= surplus else { continue }
                left[donor.sweep] = surplus - donor.total
                missing -= donor.slots
                chosen.append(donor)
            }
            return missing <= 0 ? chosen : nil
        }
        return choices.min { $0.count < $1.count } ?? []
    }

    // MARK: The best trial of a sweep

    /// The best trial, when it has lost its slots through no fault of its own and waits for others.
    func waitingBest(of sweep: SweepID) -> TrialID? {
        let runtime = runtimes[sweep]!
        guard let best = runtime.incumbent, runtime.waiting.contains(best), trials[best]!.attempt > 0
        else { return nil }
        return best
    }

    func waitsForItsBest(_ sweep: SweepID) -> Bool {
        !runtimes[sweep]!.record.state.isTerminal && waitingBest(of: sweep) != nil
            && runtimes[sweep]!.leaving.isEmpty && !runtimes[sweep]!.active.isEmpty
    }

    /// The sweep's best trial lost its agent and no slots are free: another trial of the sweep stops for it.
    mutating func makeRoomForBest(of sweep: SweepID, at now: Timestamp) -> Bool {
        guard waitsForItsBest(sweep), let best = waitingBest(of: sweep) else { return false }
        let view = view(of: sweep, at: now)
        guard view.largestFree < view.minSlots else { return false }
        let candidates = stoppable(of: sweep, at: now).compactMap { view.running[$0] }.filter {
            $0.hasCheckpoint && (trials[$0.trial]!.bestScore ?? -.infinity) < trials[best]!.bestScore!
        }
        guard let least = runtimes[sweep]!.policy.leastValuable(of: candidates, in: view) else { return false }
        let reason = Reason(
            .preempt, "stopped with a checkpoint, to go on later: the best trial, \(best), has lost its slots",
            numbers: ["slots": Double(view.running[least]!.slots)], rivals: [best])
        decide(.requeue, reason, sweep: sweep, trial: least, at: now)
        stop(least, goal: .stop, then: .requeue, reason: reason.text, at: now)
        return true
    }
}
