public import HyperSchedProtocol

extension ClusterState {
    /// The version of what the agent should do; nil: unknown agent.
    public func desiredVersion(of agent: AgentID) -> Int64? { agentRecords[agent]?.desiredVersion }

    /// All that the agent should do.
    public func desiredState(of agent: AgentID, at now: Timestamp) -> DesiredState? {
        guard let record = agentRecords[agent] else { return nil }
        return DesiredState(
            version: record.desiredVersion, leaseSeconds: settings.leaseSeconds,
            assignments: leases(on: agent).filter { $0.isOpen(on: agent) }.map { assignment($0, on: agent, at: now) })
    }

    /// For a trial that ends after so much time, not after so many steps.
    private static let endlessSteps = 1_000_000

    private func assignment(_ lease: LeaseRecord, on agent: AgentID, at now: Timestamp) -> Assignment {
        let trial = trials[lease.attempt.trial]!
        let spec = runtimes[lease.sweep]!.record.spec
        return Assignment(
            attempt: lease.attempt, sweep: lease.sweep, goal: lease.goal, slots: lease.slots(on: agent),
            program: spec.program,
            configuration: trial.configuration, seed: trial.seed,
            maxSteps: spec.steps.isTimed ? Self.endlessSteps : spec.steps.max,
            metricName: spec.metric.name, metricGoal: spec.metric.goal,
            timeLeftSeconds: spec.deadline.seconds(since: now),
            graceSeconds: spec.checkpoint.graceSeconds, resumeFrom: lease.resumeFrom,
            maxTrainingSeconds: spec.steps.isTimed ? Double(spec.steps.max) : nil,
            checkpointPlace: spec.checkpoint.place,
            gang: lease.gang.flatMap { gang in gang.rank(of: agent).map(gang.place) },
            reportPatterns: spec.reportPatterns)
    }
}
