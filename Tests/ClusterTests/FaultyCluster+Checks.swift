import HyperSchedProtocol
import Testing

@testable import Scheduler

extension FaultyCluster {
    /// P2: no slot twice, reserved ones included; held slots exist. (The ledger traps on a double take; this looks at
    /// the leases themselves.)
    func checkSlots() {
        var holders: [String: TrialID] = [:]
        for lease in state.leases {
            for place in lease.holdings {
                for slot in place.slots {
                    let previous = holders.updateValue(lease.attempt.trial, forKey: "\(place.agent)/\(slot)")
                    #expect(previous == nil, "slot \(slot) of \(place.agent) has two holders")
                }
            }
            #expect(state.trials[lease.attempt.trial]!.state == .running)
            #expect(state.trials[lease.attempt.trial]!.attempt == lease.attempt.number)
        }
        let running = state.trials.values.filter { $0.state == .running }.map(\.id).sorted()
        #expect(running == state.leases.map(\.attempt.trial), "exactly the running trials hold leases")
    }

    static let legal: [TrialState: Set<TrialState>] = [
        .waiting: [.running, .cancelled, .failed, .pruned],
        .running: [.waiting, .paused, .completed, .pruned, .failed, .diverged, .noMetric, .cancelled],
        .paused: [.running, .waiting, .pruned, .cancelled],
    ]

    mutating func checkTransitions(_ changes: ClusterChanges) {
        for trial in changes.trials {
            defer { lastStates[trial.id] = trial.state }
            guard let old = lastStates[trial.id], old != trial.state else { continue }
            // Within one round a trial may pass through `waiting` or `running`.
            let direct = Self.legal[old]?.contains(trial.state) ?? false
            let throughRunning =
                Self.legal[old]?.contains(.running) == true && Self.legal[.running]!.contains(trial.state)
            let throughWaiting =
                Self.legal[old]?.contains(.waiting) == true && Self.legal[.waiting]!.contains(trial.state)
            #expect(direct || throughRunning || throughWaiting, "trial \(trial.id): \(old) → \(trial.state)")
        }
        for decision in changes.decisions { #expect(!decision.reason.text.isEmpty && !decision.reason.rule.isEmpty) }
    }

    /// The search beside free slots finds those, and only those, that a look at each running trial finds; the ranking
    /// is that of the same trials.
    func checkRoom() {
        for sweep in state.activeSweeps where !state.runtimes[sweep]!.record.state.isTerminal {
            let running = state.view(of: sweep, at: now).running
            var found: [TrialID] = []
            let isFound = running.containsWithRoom {
                found.append($0.trial)
                return false
            }
            #expect(!isFound && found.sorted() == running.filter { $0.freeBeside > 0 }.map(\.trial))
            #expect(Array(running.ranked) == running.map(\.rank).sorted())
        }
    }

    /// Planning again at the same instant changes nothing.
    mutating func checkFixpoint() {
        var again = state
        again.plan(at: now)
        let changes = again.takeChanges()
        guard !changes.isEmpty else { return }
        broken = true
        let what = changes.decisions.map { "\($0.kind) \($0.trial?.description ?? "") \($0.reason.rule)" }
        let (sweeps, trials) = (changes.sweeps.map(\.id), changes.trials.map(\.id))
        Issue.record("planning twice is not the same as once: \(what), sweeps \(sweeps), trials \(trials)")
    }

    /// P6: where a trial could have slots that are free, it has them, unless its policy keeps them for running trials
    /// or says that the time is too short.
    func checkSlotsAreUsed() {
        for sweep in state.activeSweeps where !state.sweep(sweep)!.state.isTerminal {
            let view = state.view(of: sweep, at: now)
            // Free slots may be kept for others that have a right to them.
            var kept = state.room(of: sweep, at: now).kept
            kept.merge(state.match(state.claims(at: now), at: now).marks.kept(from: sweep)) { max($0, $1) }
            let request = state.sweep(sweep)!.spec.slots
            let free = state.pool(for: request).largest(for: request, .free(kept))
            guard now < view.stopBegins, free >= view.minSlots else { continue }
            let isIdle = view.waiting.isEmpty && view.paused.isEmpty
            // Started now, they would only be stopped for the budget.
            guard state.canAfford(view.minSlots, for: sweep, at: now) else { continue }
            // Slots may be kept for proposals.
            if state.sweep(sweep)!.wantedSince != nil { continue }
            switch state.sweep(sweep)!.spec.policy {
            case .fifo, .asha, .hyperband, .median:
                #expect(isIdle && !view.canCreate, "sweep \(sweep) leaves slots idle")
            // The population may be complete.
            case .pbt: #expect(isIdle, "sweep \(sweep) leaves slots idle")
            case .hypersched, .deadline: break
            }
        }
    }

    /// No trial runs on beyond the moment at which it must write its last checkpoint: for its agent's end, for the
    /// deadline, for the budget.
    func checkTimes() {
        for lease in state.leases where lease.goal == .run {
            let reserve = state.stopReserve(of: lease.sweep)
            for agent in lease.agents {
                let ends = state.agent(agent)!.endsAt
                #expect(ends.map { now < $0.advanced(bySeconds: -reserve) } ?? true, "trial on an agent that ends")
            }
            #expect(now < state.stopBegins(lease.sweep), "trial after its time")
            let budget = state.sweep(lease.sweep)!.spec.budget.map { $0.slotHours * 3600 } ?? .infinity
            #expect(state.slotSecondsUsed(by: lease.sweep, at: now) < budget, "trial beyond its budget")
        }
    }

    /// A child has a parent of its sweep, begins where that one's checkpoint was, and takes a place once.
    func checkLineage() {
        var taken: Set<TrialID> = []
        for trial in state.trials.values {
            guard let lineage = trial.lineage else { continue }
            let parent = state.trials[lineage.parent]!
            #expect(parent.sweep == trial.sweep && parent.id < trial.id)
            let space = SearchSpace(state.sweep(trial.sweep)!.spec.parameters)
            #expect((try? space.accepted(trial.configuration).get()) == trial.configuration)
            #expect(trial.lastStep >= lineage.parentStep || trial.state.isTerminal)
            if let place = lineage.replaces { #expect(taken.insert(place).inserted, "two children replace \(place)") }
        }
    }

    /// What was stored gives the state that was stored.
    mutating func checkRestored() {
        let restored = ClusterState(
            restoring: store.load(lastSweep: state.lastSweep), settings: state.settings, at: now)
        var live = state
        for var agent in live.agents {
            agent.lastSync = now
            live.setAgent(agent)
        }
        guard restored != live else { return }
        broken = true
        for id in live.sweepIDs where restored.runtimes[id] != live.runtimes[id] {
            let (a, b) = (live.runtimes[id]!, restored.runtimes[id]!)
            Issue.record("sweep \(id) (\(a.record.spec.policy)) differs: \(differences(a, b).joined(separator: "; "))")
        }
        Issue.record("the restored state differs: \(differences(live, restored).map { $0.prefix(200) })")
    }

    /// Faults stop: silent agents answer, processes obey; by every deadline all sweeps are over and no slot is held.
    mutating func settle() {
        for name in agentNames { agents[name]!.silent = false }
        for _ in 0..<400 where !state.activeSweeps.isEmpty && !broken {
            now = now.advanced(bySeconds: 1)
            for name in agentNames {
                sync(name)
                for attempt in agents[name]!.processes.keys.sorted() {
                    guard let process = agents[name]!.processes[attempt] else { continue }
                    if process.goal != .run { finish(name, attempt, .interrupted) }
                }
            }
            round(.tick)
        }
        #expect(state.activeSweeps.isEmpty, "a sweep is still alive after its deadline")
        #expect(state.leases.isEmpty, "a slot is still held after every deadline")
        #expect(state.sweeps.allSatisfy { $0.state.isTerminal })
    }
}

/// The stored properties in which two values of one type differ, three levels deep, each with both values.
private func differences(_ a: Any, _ b: Any, path: String = "", depth: Int = 3) -> [String] {
    let (x, y) = (Mirror(reflecting: a), Mirror(reflecting: b))
    let (left, right) = (String(describing: a), String(describing: b))
    guard left != right else { return [] }
    let structured = x.displayStyle == .struct || x.displayStyle == .enum
    guard depth > 0, structured, !x.children.isEmpty, x.children.count == y.children.count else {
        return ["\(path): \(left.prefix(300)) | \(right.prefix(300))"]
    }
    return zip(x.children, y.children).flatMap { one, other in
        differences(one.value, other.value, path: path + "." + (one.label ?? "?"), depth: depth - 1)
    }
}
