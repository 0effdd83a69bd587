internal import HyperSchedProtocol

/// Agents that have said when they will be gone: the end of a Slurm job, say.
extension ClusterState {
    /// What the agent says at a sync is a duration, and arrives a little later each time; an instant that moves by less
    /// than this is the same one.
    private static let sameEndSeconds = 5.0

    /// When the agent will be gone, given what it says now and what was known.
    static func endInstant(_ seconds: Double?, known: Timestamp?, at now: Timestamp) -> Timestamp? {
        guard let seconds, seconds.isFinite else { return nil }
        let new = now.advanced(bySeconds: max(0, seconds))
        guard let known, (-1...sameEndSeconds).contains(new.seconds(since: known)) else { return new }
        return known
    }

    /// Agents on which the sweep can start nothing any more: what starts there could not write a checkpoint in time.
    func slotsEndingTooSoon(for sweep: SweepID, at now: Timestamp) -> KeptSlots {
        guard index.hasEndings else { return [:] }
        let speed = runtimes[sweep]!.forecaster.speed
        let needed = speed.setup + (speed.typicalBase ?? 0) + stopReserve(of: sweep)
        var kept: KeptSlots = [:]
        for agent in index.ending(by: now.advanced(bySeconds: needed)) { kept[agent] = .max }
        return kept
    }

    /// Trials on agents that will soon be gone are stopped while there is time for a checkpoint, and go on elsewhere.
    mutating func enforceAgentEnds(at now: Timestamp) {
        for agent in index.ending(by: now.advanced(bySeconds: longestReserve)) {
            for lease in leases(on: agent) where lease.goal == .run && now >= leaves(agent, lease) {
                let left = agentRecords[agent]!.endsAt!.seconds(since: now)
                let reason = Reason(
                    .agentEnds, "moved away with a checkpoint: agent \(agent) ends in \(max(0, left).shortText) s",
                    numbers: ["seconds_left": left])
                decide(.requeue, reason, sweep: lease.sweep, trial: lease.attempt.trial, at: now)
                stop(lease.attempt.trial, goal: .stop, then: .requeue, reason: reason.text, at: now)
            }
        }
    }

    /// The next instant at which a trial has to leave its agent.
    func nextAgentEnd(after now: Timestamp) -> Timestamp? {
        let reserve = longestReserve
        var next = index.nextEnding(after: now.advanced(bySeconds: reserve))?.advanced(bySeconds: -reserve)
        for agent in index.ending(by: now.advanced(bySeconds: reserve)) {
            for lease in leases(on: agent) where lease.goal == .run {
                let instant = leaves(agent, lease)
                if instant > now { next = min(next ?? instant, instant) }
            }
        }
        return next
    }

    private var longestReserve: Double { activeSweeps.map(stopReserve).max() ?? 0 }

    private func leaves(_ agent: AgentID, _ lease: LeaseRecord) -> Timestamp {
        agentRecords[agent]!.endsAt!.advanced(bySeconds: -stopReserve(of: lease.sweep))
    }
}
