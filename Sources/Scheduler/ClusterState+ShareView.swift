public import HyperSchedProtocol

extension ClusterState {
    /// How the sweep stands among those that it shares slots with, as dealt in the last plan; nil: it has ended, or is
    /// alone with its kind of slots.
    public func slotShare(of sweep: SweepID, at now: Timestamp) -> SlotShare? {
        guard let share = shares[sweep], let record = runtimes[sweep]?.record, !record.state.isTerminal else {
            return nil
        }
        let kind = record.spec.slots.kind
        let rivals = activeSweeps.count { shares[$0] != nil && runtimes[$0]!.record.spec.slots.kind == kind }
        return SlotShare(
            sweeps: rivals, fair: share.fair, minimum: share.minimum, now: share.slots,
            wanted: min(useful(for: sweep, at: now), slotsUsable(by: sweep)))
    }

    /// Seconds until the agent will be gone, 0 once it is time; nil: it has said nothing.
    public func secondsToEnd(of agent: AgentID, at now: Timestamp) -> Double? {
        agentRecords[agent]?.endsAt.map { max(0, $0.seconds(since: now)) }
    }

    /// All agents that suit the sweep will be gone before its deadline.
    func endingWarnings(_ record: SweepRecord, _ pool: SlotPool, at now: Timestamp) -> [String] {
        var last: Timestamp?
        for place in pool.places {
            guard let end = agentRecords[place.agent]!.endsAt, end < stopBegins(record.id) else { return [] }
            last = max(last ?? end, end)
        }
        guard let last else { return [] }
        let left = max(0, last.seconds(since: now)).shortText
        return [
            "all agents that suit the sweep end before its deadline, the last one in \(left) s: start others by then"
        ]
    }
}
