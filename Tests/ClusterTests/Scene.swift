import HyperSchedProtocol
import Testing

@testable import Scheduler

/// A small cluster driven by hand, one event at a time.
struct Scene {
    var state = ClusterState(settings: ClusterSettings(leaseSeconds: 30, lostMarginSeconds: 5))
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var changes = ClusterChanges()
    var decisions: [Decision] = []
    let agent = AgentID("node")
    private var sequences: [AttemptID: Int64] = [:]

    static func spec(
        policy: PolicySpec = .fifo, seconds: Double = 1000, max: Int = 10, trials: Int = 100, retry: Int = 2,
        onNaN: NaNRule = .diverged, target: Double? = nil, limits: SweepLimits? = nil, minSlots: Int = 1,
        start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)
    ) -> SweepSpec {
        SweepSpec(
            name: "scene", program: .command(["x"]), method: .random,
            metric: Metric(name: "acc", goal: .maximize, target: target),
            parameters: [Parameter(name: "lr", domain: .uniform(min: 0, max: 1))],
            deadline: start.advanced(bySeconds: seconds), policy: policy,
            steps: StepRange(unit: "epoch", min: 1, max: max),
            slots: SlotRequest(min: minSlots), limits: limits ?? SweepLimits(trials: trials),
            retry: RetryRule(max: retry), onNaN: onNaN, seed: 7)
    }

    @discardableResult
    mutating func apply(_ event: ClusterEvent) -> EventResult {
        let result = state.apply(event, at: now)
        state.plan(at: now)
        changes = state.takeChanges()
        decisions += changes.decisions
        return result
    }

    mutating func join(
        slots: Int, name: AgentID? = nil, session: String = "s", attempts: [AttemptID] = [], seen: Int64 = 0
    ) {
        apply(
            .agentSynced(
                name ?? agent,
                AgentSync(
                    session: session, slots: (0..<slots).map { Slot(index: $0, kind: .cpu) }, labels: [:],
                    attempts: attempts, seenVersion: seen, waitSeconds: 0, version: "1")))
    }

    @discardableResult
    mutating func submit(_ spec: SweepSpec) -> SweepID {
        let id = state.nextSweepID()
        apply(.sweepSubmitted(id, spec))
        return id
    }

    /// Time goes by; the agents stay in touch unless `silently`.
    mutating func pass(_ seconds: Double, silently: Bool = false) {
        now = now.advanced(bySeconds: seconds)
        if silently {
            apply(.tick)
            return
        }
        for agent in state.agents where !agent.lost {
            join(slots: agent.slots.count, name: agent.id, session: agent.session)
        }
    }

    func attempt(_ trial: Int64) -> AttemptID {
        AttemptID(trial: TrialID(trial), number: state.trial(TrialID(trial))!.attempt)
    }

    @discardableResult
    mutating func report(
        _ trial: Int64, step: Int, _ value: Double?, elapsed: Double = 1, other: [String: MetricValue] = [:],
        attempt: AttemptID? = nil, isPartial: Bool? = nil
    ) -> EventResult {
        let attempt = attempt ?? self.attempt(trial)
        sequences[attempt, default: 0] += 1
        var metrics = other
        if let value { metrics["acc"] = MetricValue(value) }
        let report = TrialReport(
            attempt: attempt, sequence: sequences[attempt]!, step: step, metrics: metrics, elapsedSeconds: elapsed,
            isPartial: isPartial)
        return apply(.reported(agent, ReportBatch(session: "s", reports: [report], ended: [])))
    }

    mutating func checkpoint(_ trial: Int64, step: Int, _ value: Double? = nil) {
        apply(
            .checkpointStored(
                CheckpointInfo(
                    sha256: "c\(step)", size: 1, step: step, attempt: attempt(trial),
                    objective: value.map { MetricValue($0) })))
    }

    mutating func end(
        _ trial: Int64, _ outcome: AttemptOutcome, exit: Int? = nil, message: String = "", stopSeconds: Double? = nil
    ) {
        let ended = AttemptEnded(
            attempt: attempt(trial), outcome: outcome, exitCode: exit, message: message, elapsedSeconds: 1,
            stopSeconds: stopSeconds)
        apply(.reported(agent, ReportBatch(session: "s", reports: [], ended: [ended])))
    }

    func trial(_ id: Int64) -> TrialRecord { state.trial(TrialID(id))! }
    func lease(_ id: Int64) -> LeaseRecord? { state.lease(of: TrialID(id)) }
}
