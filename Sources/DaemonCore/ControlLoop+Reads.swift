import HyperSchedProtocol
import Scheduler

/// What routes may ask of the scheduler's state. Small values: who keeps a copy of the whole state makes the next round
/// copy all that it touches.
extension ControlLoop {
    /// Newest sweep first. `best` is not filled in, nor are forecasts.
    func summaries(limit: Int, before: SweepID?) -> (items: [SweepSummary], hasMore: Bool) {
        let now = clock.now()
        let ids = state.sweeps.lazy.map(\.id).filter { id in before.map { id < $0 } ?? true }
        let newest = ids.suffix(limit + 1).reversed()
        return (newest.prefix(limit).compactMap { summary(of: $0, at: now) }, newest.count > limit)
    }

    /// `best` is not filled in, nor are forecasts.
    func summary(of sweep: SweepID) -> SweepSummary? { summary(of: sweep, at: clock.now()) }

    /// How fast trials of the same program were; nil: nothing is known.
    func pace(for spec: SweepSpec) -> (pace: MeasuredPace, sweep: SweepID)? { state.pace(for: spec) }

    func metric(of sweep: SweepID) -> Metric? { state.sweep(sweep)?.spec.metric }

    /// nil: the daemon's own store.
    func checkpointPlace(of sweep: SweepID) -> CheckpointPlace? { state.sweep(sweep)?.spec.checkpoint.place }

    func trial(_ id: TrialID) -> TrialRecord? { state.trial(id) }

    func agents() -> [AgentSummary] {
        let now = clock.now()
        return state.agents.map { summary(of: $0, at: now) }
    }

    func agent(_ id: AgentID) -> AgentSummary? { state.agent(id).map { summary(of: $0, at: clock.now()) } }

    /// Who runs the trial now, and as which attempt.
    func holder(of trial: TrialID) -> (agent: AgentID, attempt: AttemptID)? {
        state.lease(of: trial).map { ($0.agent, $0.attempt) }
    }

    /// Agents, slots and sweeps, counted.
    func occupancy() -> ClusterOccupancy {
        var counts = ClusterOccupancy()
        for agent in state.agents {
            counts.agents[Self.summaryState(of: agent), default: 0] += 1
            guard !agent.lost else { continue }
            let held = Set(state.leases(on: agent.id).flatMap(\.slots))
            let unclean = Set((agent.unclean ?? []).map(\.slot))
            for slot in agent.slots {
                counts.slots[slot.kind, default: (0, 0, 0)].total += 1
                if held.contains(slot.index) {
                    counts.slots[slot.kind]!.held += 1
                } else if unclean.contains(slot.index) {
                    counts.slots[slot.kind]!.unclean += 1
                }
            }
        }
        for sweep in state.sweeps { counts.sweeps[sweep.state, default: 0] += 1 }
        return counts
    }

    /// Of the newest sweeps that have not ended. `best` is not filled in, nor are forecasts.
    func running(limit: Int) -> [SweepSummary] {
        let now = clock.now()
        let ids = state.sweeps.lazy.filter { !$0.state.isTerminal }.map(\.id)
        return ids.suffix(limit).compactMap { summary(of: $0, at: now) }
    }

    private func summary(of id: SweepID, at now: Timestamp) -> SweepSummary? {
        guard let sweep = state.sweep(id) else { return nil }
        let counts = state.trialCounts(of: id).map { ($0.key.rawValue, $0.value) }
        return SweepSummary(
            id: id, name: sweep.spec.name, state: sweep.state, stateReason: sweep.stateReason, spec: sweep.spec,
            createdAt: sweep.createdAt, endedAt: sweep.endedAt,
            timeLeftSeconds: sweep.spec.deadline.seconds(since: now),
            trials: Dictionary(uniqueKeysWithValues: counts), slotsHeld: state.slotsHeld(by: id),
            slotsUsable: state.slotsUsable(by: id), warnings: state.warnings(for: id, at: now), best: nil,
            share: state.slotShare(of: id, at: now), slotHoursUsed: state.slotSecondsUsed(by: id, at: now) / 3600,
            pause: sweep.state.isTerminal ? nil : sweep.pause, breakers: sweep.state.isTerminal ? nil : sweep.breakers)
    }

    private static func summaryState(of agent: AgentRecord) -> AgentSummary.State {
        agent.lost ? .lost : agent.draining ? .draining : .live
    }

    private func summary(of agent: AgentRecord, at now: Timestamp) -> AgentSummary {
        let leases = state.leases(on: agent.id)
        return AgentSummary(
            id: agent.id, state: Self.summaryState(of: agent), slots: agent.slots,
            labels: agent.labels, attempts: leases.map(\.attempt),
            slotsHeld: leases.reduce(0) { $0 + $1.slots(on: agent.id).count },
            lastSyncSeconds: now.seconds(since: agent.lastSync),
            version: agent.version, endsInSeconds: state.secondsToEnd(of: agent.id, at: now),
            address: agent.address,
            quarantined: agent.unclean.map { list in
                list.map {
                    QuarantinedSlot(slot: $0.slot, reason: $0.reason, seconds: max(0, now.seconds(since: $0.since)))
                }
            })
    }
}
