internal import HyperSchedProtocol

/// Who gets the free slots.
extension ClusterState {
    /// Gives free slots to those that want them and takes back what others have a right to. Calling it again at the
    /// same instant changes nothing more.
    mutating func allocate(at now: Timestamp) {
        // What a sweep does with its slots changes what the others may have, so this goes on until nothing changes.
        repeat { shares = dealShares(at: now) } while shareOut(at: now)
        for sweep in activeSweeps where shares[sweep] == nil && isOpen(sweep, at: now) {
            while isOpen(sweep, at: now), offer(to: sweep, room(of: sweep, at: now), at: now) {}
            _ = makeRoomForBest(of: sweep, at: now)
        }
        noteHolders(at: now)
    }

    private func isOpen(_ sweep: SweepID, at now: Timestamp) -> Bool {
        !runtimes[sweep]!.record.state.isTerminal && now < stopBegins(sweep)
            && canAfford(runtimes[sweep]!.record.spec.slots.min, for: sweep, at: now)
    }

    /// One pass over the sweeps that compete.
    /// - Returns: whether anything changed.
    private mutating func shareOut(at now: Timestamp) -> Bool {
        guard !shares.isEmpty else { return false }
        let (marks, unmet) = match(claims(at: now), at: now)
        let isFilled = giveShares(marks, at: now)
        let isUsed = giveRest(marks, at: now)
        if isFilled || isUsed { return true }
        let isReclaimed = reclaim(unmet, marks, at: now)
        if isReclaimed { return true }
        for sweep in activeSweeps where shares[sweep]?.isShort == false && makeRoomForBest(of: sweep, at: now) {
            return true
        }
        return false
    }

    /// First to the sweeps that hold less than their share.
    private mutating func giveShares(_ marks: SlotMarks, at now: Timestamp) -> Bool {
        var changed = false
        var refused: Set<SweepID> = []
        while let sweep = shortSweeps().first(where: { !refused.contains($0) && room(leftIn: $0) > 0 }) {
            var room = room(of: sweep, marks, at: now)
            room.limit = self.room(leftIn: sweep)
            if offer(to: sweep, room, at: now) { changed = true } else { refused.insert(sweep) }
        }
        return changed
    }

    private func room(leftIn sweep: SweepID) -> Int {
        let left = shares[sweep]!.slots - runtimes[sweep]!.committedSlots
        return left >= runtimes[sweep]!.record.spec.slots.min ? left : 0
    }

    /// Slots that nobody has a claim to go to whoever can use them, until somebody comes who has one.
    private mutating func giveRest(_ marks: SlotMarks, at now: Timestamp) -> Bool {
        var changed = false
        var refused: Set<SweepID> = []
        while let sweep = mostEntitled(without: refused, at: now) {
            var room = room(of: sweep, marks, at: now)
            room.limit = .max
            if offer(to: sweep, room, at: now) { changed = true } else { refused.insert(sweep) }
        }
        return changed
    }

    /// The larger priority first; then who would have the smallest share per weight with one unit more.
    private func mostEntitled(without refused: Set<SweepID>, at now: Timestamp) -> SweepID? {
        let open = activeSweeps.filter { shares[$0] != nil && !refused.contains($0) && isOpen($0, at: now) }
        let line = open.enumerated().map { (LinePlace(keys: claimToRest($1), arrival: $0), $1) }
        return line.min { $0.0 < $1.0 }?.1
    }

    private func claimToRest(_ sweep: SweepID) -> [Double] {
        let spec = runtimes[sweep]!.record.spec
        let next = Double(runtimes[sweep]!.committedSlots + spec.slots.min)
        let weight = spec.effectiveWeight
        return [weight > 0 ? 0 : 1, -Double(spec.priority), next / (weight > 0 ? weight : 1)]
    }

    private func room(of sweep: SweepID, _ marks: SlotMarks, at now: Timestamp) -> SlotRoom {
        var room = room(of: sweep, at: now)
        room.kept.merge(marks.kept(from: sweep)) { max($0, $1) }
        return room
    }

    // MARK: Offers

    /// Asks the sweep's policy once what should use the free slots, and does it.
    /// - Returns: whether anything changed.
    private mutating func offer(to sweep: SweepID, _ room: SlotRoom, at now: Timestamp) -> Bool {
        if let best = waitingBest(of: sweep), goOn(with: best, of: sweep, room, at: now) { return true }
        let view = view(of: sweep, room, at: now)
        guard view.largestFree >= view.minSlots else { return false }
        switch runtimes[sweep]!.policy.choose(in: view) {
        case .nothing(let reason):
            // Asked about a part of the free slots only, the policy may still want more of them.
            guard shares[sweep] == nil || room.limit == .max else { return false }
            noteWanted(false, by: sweep, at: now)
            return finishIfExhausted(sweep, reason, at: now)
        case .prune(let ids, let reason):
            dropForGood(ids, reason, sweep, at: now)
            return true
        case .start(let trial, let slots, let reason): return place(trial, slots, reason, room, at: now)
        case .startNew where runtimes[sweep]!.sampler.isExternal:
            noteWanted(true, by: sweep, at: now)
            return false
        case .startNew(let slots, let reason):
            guard agentsFor(slots, of: sweep, room, at: now) != nil, let trial = createTrial(in: sweep, at: now) else {
                return false
            }
            return place(trial, slots, reason, room, at: now)
        case .startChild(let offspring, let slots, let reason):
            guard agentsFor(slots, of: sweep, room, at: now) != nil,
                let trial = createChild(offspring, in: sweep, at: now)
            else {
                return false
            }
            return place(trial, slots, reason, room, at: now)
        }
    }

    /// Of the trials that were interrupted the best one of the sweep goes on first.
    private mutating func goOn(with best: TrialID, of sweep: SweepID, _ room: SlotRoom, at now: Timestamp) -> Bool {
        var room = room
        room.onlyWaiting = best
        let view = view(of: sweep, room, at: now)
        guard view.largestFree >= view.minSlots,
            case .start(best, let slots, let reason) = runtimes[sweep]!.policy.choose(in: view)
        else { return false }
        return place(best, slots, reason, room, at: now)
    }

    private mutating func dropForGood(_ ids: [TrialID], _ reason: Reason, _ sweep: SweepID, at now: Timestamp) {
        precondition(!ids.isEmpty, "a policy that drops nothing would be asked for ever")
        decide(.closeAdmission, reason, sweep: sweep, at: now)
        for id in ids {
            decide(.prune, reason, sweep: sweep, trial: id, at: now)
            endIdle(id, as: .pruned, reason: reason.text)
        }
    }

    private mutating func place(
        _ id: TrialID, _ slots: Int, _ reason: Reason, _ room: SlotRoom, at now: Timestamp
    ) -> Bool {
        let sweep = trials[id]!.sweep
        guard let agents = agentsFor(slots, of: sweep, room, at: now) else { return false }
        let kind = runtimes[sweep]!.record.spec.slots.kind
        let places = agents.map { agent in
            let free = ledger.free(on: agentRecords[agent]!, kind: kind)
            return LeasePlace(agent: agent, slots: Array(free.prefix(slots / agents.count)))
        }
        var reason = reason
        if agents.count > 1 {
            reason.text += "; on \(agents.map(\.description).joined(separator: ", ")), the first one leads"
        }
        let resumed = trials[id]!.attempt > 0
        decide(resumed ? .resume : .start, reason, sweep: sweep, trial: id, at: now)
        start(id, on: places, at: now)
        return true
    }

    /// Where a trial with so many slots could start now, the leader first.
    private func agentsFor(_ slots: Int, of sweep: SweepID, _ room: SlotRoom, at now: Timestamp) -> [AgentID]? {
        guard canAfford(slots, for: sweep, at: now) else { return nil }
        let request = runtimes[sweep]!.record.spec.slots
        let pool = pool(for: request)
        guard request.isGang else { return pool.bestFit(slots, without: room.kept).map { [$0] } }
        return pool.gangPlaces(for: request, without: room.kept).map(ranked)
    }

    /// Slots are free, nothing runs, and the policy wants nothing: it never will.
    private mutating func finishIfExhausted(_ sweep: SweepID, _ reason: Reason, at now: Timestamp) -> Bool {
        guard runtimes[sweep]!.running.isEmpty, !mayGetProposals(sweep, at: now) else { return false }
        decide(.finish, reason, sweep: sweep, at: now)
        endSweep(sweep, as: .finished, reason: reason.text, at: now)
        return true
    }
}
