internal import HyperSchedProtocol

/// How the sweeps that compete for slots share them (docs/SCHEDULING.md, "Several sweeps").
extension ClusterState {
    /// The shares of all sweeps that have somebody to share with; a sweep that is alone with its kind of slots is not
    /// in it.
    func dealShares(at now: Timestamp) -> [SweepID: SweepShare] {
        guard activeSweeps.count > 1 else { return [:] }
        var shares: [SweepID: SweepShare] = [:]
        for kind in SlotKind.allCases {
            let sweeps = activeSweeps.filter { runtimes[$0]!.record.spec.slots.kind == kind && competes($0, at: now) }
            if sweeps.count > 1 { shares.merge(dealShares(among: sweeps, at: now)) { $1 } }
        }
        return shares
    }

    private func competes(_ sweep: SweepID, at now: Timestamp) -> Bool {
        let record = runtimes[sweep]!.record
        return !record.state.isTerminal && now < stopBegins(sweep)
            && record.spec.slots.min <= pool(for: record.spec.slots).largest(for: record.spec.slots, .all)
            && canAfford(record.spec.slots.min, for: sweep, at: now)
    }

    private func dealShares(among sweeps: [SweepID], at now: Timestamp) -> [SweepID: SweepShare] {
        let bounds = SlotBounds(sweeps.map { SlotPool.Key(runtimes[$0]!.record.spec.slots) }) { totalSlots($0) }
        let minimums = sweeps.map { minimumShare(of: $0, at: now) }
        let order = floorOrder(sweeps, at: now)
        let claims = zip(sweeps, minimums).enumerated().map { place, sweep in
            claim(sweep.0, group: bounds.groups[place], minimum: sweep.1)
        }
        // What each would have if all wanted more.
        let fair = SlotShares(claims, floorOrder: order, bounds: bounds.bounds).slots
        guard canChange(sweeps, fair) else {
            return entries(sweeps, minimums, fair) { place, committed in
                (fair[place], max(fair[place], committed), false)
            }
        }
        let limits = sweeps.map { useful(for: $0, at: now) }
        var limited = claims
        for place in limited.indices { limited[place].limit = limits[place] }
        let dealt = SlotShares(limited, floorOrder: order, bounds: bounds.bounds).slots
        return entries(sweeps, minimums, fair) { place, committed in
            let unclaimed = bounds.room(for: place, beside: dealt)
            let isShort = limits[place] > committed && dealt[place] >= committed + claims[place].unit
            return (dealt[place], max(fair[place], dealt[place] + unclaimed), isShort)
        }
    }

    private func entries(
        _ sweeps: [SweepID], _ minimums: [Int], _ fair: [Int],
        _ share: (Int, Int) -> (slots: Int, capacity: Int, isShort: Bool)
    ) -> [SweepID: SweepShare] {
        var entries: [SweepID: SweepShare] = [:]
        for (place, sweep) in sweeps.enumerated() {
            let (slots, capacity, isShort) = share(place, runtimes[sweep]!.committedSlots)
            entries[sweep] = SweepShare(
                slots: slots, capacity: capacity, minimum: minimums[place], isShort: isShort, fair: fair[place])
        }
        return entries
    }

    /// Slots are free, or some sweep holds more than it would have if all wanted more. Otherwise nobody has anything to
    /// ask for.
    private func canChange(_ sweeps: [SweepID], _ fair: [Int]) -> Bool {
        zip(sweeps, fair).contains { sweep, share in
            let runtime = runtimes[sweep]!
            let request = runtime.record.spec.slots
            return runtime.committedSlots > share || pool(for: request).largest(for: request, .free([:])) >= request.min
                || !runtime.leaving.isEmpty
        }
    }

    private func claim(_ sweep: SweepID, group: Int, minimum: Int) -> SlotShares.Claim {
        let spec = runtimes[sweep]!.record.spec
        var claim = SlotShares.Claim(
            group: group, unit: spec.slots.min, weight: spec.effectiveWeight, priority: spec.priority,
            deadline: spec.deadline, minimum: minimum)
        // Slots of the right kind are no use to a gang that do not lie on enough agents.
        if spec.slots.isGang { claim.limit = gangLimit(of: sweep) }
        return claim
    }

    private func totalSlots(_ key: SlotPool.Key) -> Int {
        pool(for: key).totalSlots
    }

    /// Most slots that the sweep could use now.
    func useful(for sweep: SweepID, at now: Timestamp) -> Int {
        let runtime = runtimes[sweep]!
        let request = runtime.record.spec.slots
        let pool = pool(for: request)
        let room = pool.room(for: request, .all)
        let view = view(of: sweep, SlotRoom(scope: .whole, capacity: room), at: now)
        switch runtime.policy.wish(in: view) {
        case .nothing: return runtime.committedSlots
        case .grow(let growths): return runtime.committedSlots + growths.reduce(0) { $0 + $1.slots }
        case .start(let slots, let count):
            let each = runtime.policy.growsTrials ? view.maxSlots : slots
            return runtime.policy.growsTrials
                ? min(room, (view.running.count + min(count, room)) * each)
                : runtime.committedSlots + min(count, room) * each
        }
    }

    // MARK: Deadlines

    /// How many slots the sweep needs from now on so that its best trial gets to the end.
    private func minimumShare(of sweep: SweepID, at now: Timestamp) -> Int {
        let runtime = runtimes[sweep]!
        let request = runtime.record.spec.slots
        guard let best = runtime.incumbent, let trial = trials[best], !trial.state.isTerminal
        else { return request.min }
        let largest = pool(for: request).largest(for: request, .all)
        return MinimumShare.slots(
            incumbent: best, held: leasesByTrial[best]?.committedSlots ?? 0, steps: progress(of: trial),
            most: min(request.max ?? largest, largest), timeLeft: stopBegins(sweep).seconds(since: now),
            runtime.forecaster)
    }

    // MARK: Taking turns

    /// Who gets its first unit before whom. There may be fewer slots than sweeps: one that has waited for a whole turn
    /// comes first, and one that has just got slots keeps them for a turn among those of its priority.
    private func floorOrder(_ sweeps: [SweepID], at now: Timestamp) -> [Int] {
        let keys = sweeps.enumerated().map { place, sweep -> (Int64, Int, Bool, Int) in
            let runtime = runtimes[sweep]!
            let since = runtime.committedSlots > 0 ? runtime.record.holdsSince : runtime.record.waitsSince
            let isOver = now >= (since ?? now).advanced(bySeconds: settings.turnSeconds)
            let isOverdue = runtime.committedSlots == 0 && isOver
            return (
                isOverdue ? (since ?? now).milliseconds : .max, -runtime.record.spec.priority,
                runtime.committedSlots == 0 || isOver, place
            )
        }
        return keys.sorted { a, b in
            if a.0 != b.0 { return a.0 < b.0 }
            if a.1 != b.1 { return a.1 < b.1 }
            return a.2 == b.2 ? a.3 < b.3 : !a.2
        }.map(\.3)
    }

    /// Remembers since when each competing sweep has held slots or waited for them.
    mutating func noteHolders(at now: Timestamp) {
        for sweep in activeSweeps {
            var record = runtimes[sweep]!.record
            if shares[sweep] == nil {
                (record.holdsSince, record.waitsSince) = (nil, nil)
            } else if runtimes[sweep]!.committedSlots > 0 {
                (record.holdsSince, record.waitsSince) = (record.holdsSince ?? now, nil)
            } else {
                (record.holdsSince, record.waitsSince) = (nil, record.waitsSince ?? now)
            }
            guard record != runtimes[sweep]!.record else { continue }
            runtimes[sweep]!.record = record
            pending.sweeps.insert(sweep)
        }
    }

    // MARK: When it is time to look again

    /// The earliest instant after `now` at which a sweep that is short of slots may take some from another one.
    func nextReclaim(after now: Timestamp) -> Timestamp? {
        var next: Timestamp?
        func note(_ instant: Timestamp?) {
            if let instant, instant > now { next = min(next ?? instant, instant) }
        }
        for sweep in activeSweeps {
            if waitsForItsBest(sweep) { note(endOfProtection(of: sweep, after: now)) }
            guard let share = shares[sweep] else { continue }
            note(runtimes[sweep]!.record.waitsSince?.advanced(bySeconds: settings.turnSeconds))
            guard runtimes[sweep]!.committedSlots > share.slots, shares.values.contains(where: \.isShort) else {
                continue
            }
            note(endOfProtection(of: sweep, after: now))
        }
        return next
    }

    private func endOfProtection(of sweep: SweepID, after now: Timestamp) -> Timestamp? {
        let seconds = protectedSeconds(of: sweep)
        let bound = SweepRuntime.Alarm(at: now.advanced(bySeconds: -seconds), trial: TrialID(.max))
        return runtimes[sweep]!.starts.firstNotBelow(bound)?.at.advanced(bySeconds: seconds)
    }

    /// A trial is not stopped for another sweep so soon after its start: at most a tenth of its time goes into
    /// restarts.
    func protectedSeconds(of sweep: SweepID) -> Double {
        let runtime = runtimes[sweep]!
        let restart = runtime.forecaster.speed.setup + runtime.record.longestStopSeconds
        return max(settings.preemptAfterSeconds, 10 * restart)
    }
}
