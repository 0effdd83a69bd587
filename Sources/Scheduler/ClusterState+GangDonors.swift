internal import HyperSchedProtocol

/// Makes room for trials over several agents.
extension ClusterState {
    /// Picks the agents on which the fewest slots are missing, and trials to stop on each of them.
    /// - Returns: empty: too few agents can be had.
    func gangDonors(
        _ eligible: [[Donor]], for claim: SlotClaim, _ marks: SlotMarks, _ pool: SlotPool, _ tooShort: KeptSlots
    ) -> (donors: [Donor], agents: [AgentID]) {
        let donors = Array(eligible.joined())
        let candidates = pool.places.map(\.agent).filter {
            tooShort[$0] == nil && pool.slots(of: $0) >= claim.each
        }
        let missing = candidates.map { agent in
            (missing: max(0, claim.each - marks.available(for: claim, on: agent, pool)), agent: agent)
        }
        var taken: [TrialID: Donor] = [:]
        var order: [Donor] = []
        var left: [SweepID: Int] = [:]
        var agents: [AgentID] = []
        for (slots, agent) in missing.sorted(by: { $0 < $1 }) where agents.count < claim.agents {
            // What a gang gives that is stopped already, it gives here too.
            var slots = slots - donors.reduce(0) { $0 + ($1.agent == agent && taken[$1.trial] != nil ? $1.slots : 0) }
            var (more, surpluses) = ([Donor](), left)
            for donor in donors where donor.agent == agent && taken[donor.trial] == nil && slots > 0 {
                let surplus = surpluses[donor.sweep] ?? surplus(of: donor.sweep)
                guard donor.total <= surplus else { continue }
                surpluses[donor.sweep] = surplus - donor.total
                slots -= donor.slots
                more.append(donor)
            }
            guard slots <= 0 else { continue }
            left = surpluses
            for donor in more { taken[donor.trial] = donor }
            order += more
            agents.append(agent)
        }
        return agents.count == claim.agents ? (order, agents) : ([], [])
    }
}
