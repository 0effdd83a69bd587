internal import HyperSchedProtocol
internal import Scheduler

extension ClusterSimulation {
    mutating func changed(_ agent: Int, _ change: SimulatedAgent.Change) {
        switch change {
        case .slots(let count):
            present[agent] = count
            sync(agent)
        case .drain: _ = state.apply(.agentDrained(Self.agentID(agent), true), at: now)
        case .undrain: _ = state.apply(.agentDrained(Self.agentID(agent), false), at: now)
        case .vanish:
            present[agent] = nil
            for trial in processes.keys.sorted() where processes[trial]!.lease.agents.contains(Self.agentID(agent)) {
                processes[trial]!.vanished.insert(Self.agentID(agent))
                if processes[trial]!.vanished.count == processes[trial]!.lease.agents.count { processes[trial] = nil }
            }
        }
    }

    /// The agent says what it has, and has seen all that it should do.
    mutating func sync(_ agent: Int) {
        let (id, simulated) = (Self.agentID(agent), setup.agents[agent])
        let message = AgentSync(
            session: "simulated", slots: (0..<present[agent]!).map { Slot(index: $0, kind: simulated.kind) },
            labels: simulated.labels, attempts: state.leases(on: id).map(\.attempt),
            seenVersion: state.desiredVersion(of: id) ?? 0, waitSeconds: 0, version: "",
            endsInSeconds: simulated.ends.map { $0 - seconds(now) }, runsGangs: true)
        _ = state.apply(.agentSynced(id, message), at: now)
    }
}
