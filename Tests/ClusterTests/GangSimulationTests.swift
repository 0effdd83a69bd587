import HyperSchedProtocol
import Simulator
import Testing

@testable import Scheduler

/// Whole sweeps of gangs on simulated clusters, under every policy.
@Suite struct GangSimulationTests {
    private static func gang(
        _ policy: PolicySpec = .fifo, agents: Int = 2, min: Int = 4, hours: Double = 1, submits: Double = 0,
        steps: Int = 20, trials: Int = 1000, change: (inout SweepSpec) -> Void = { _ in }
    ) -> SimulatedSweep {
        SeveralSweepsTests.sweep(policy, hours: hours, steps: steps, submits: submits, trials: trials) { spec in
            spec.slots = SlotRequest(min: min, agents: agents)
            change(&spec)
        }
    }

    private func held(_ outcome: SimulationOutcome, _ from: Double, _ to: Double) -> Double {
        outcome.attempts.reduce(0) { sum, attempt in
            let begin = max(from, attempt.startedAt.seconds(since: SeveralSweepsTests.start))
            let end = min(to, attempt.endedAt!.seconds(since: SeveralSweepsTests.start))
            return sum + max(0, end - begin) * Double(attempt.slots.count)
        }
    }

    static let policies: [PolicySpec] = [
        .fifo, .asha(ASHAOptions()), .asha(ASHAOptions(kind: .promotion)), .hyperband(HyperbandOptions()),
        .median(MedianOptions()), .pbt(PBTOptions(interval: 4)), .hypersched(HyperSchedOptions()),
        .deadline(DeadlineOptions()),
    ]

    @Test(arguments: policies)
    func everyPolicyRunsGangs(policy: PolicySpec) {
        let agents = (0..<4).map { _ in SimulatedAgent(slots: 2) }
        let outcome = SeveralSweepsTests.run([Self.gang(policy)], agents)[0]
        #expect(outcome.state.isTerminal && outcome.best != nil)
        #expect(outcome.attempts.count > 4 && outcome.attempts.allSatisfy { $0.slots.count == 4 })
        // A population of four is soon complete.
        if case .pbt = policy { return }
        #expect(held(outcome, 0, 3590) > 0.9 * 8 * 3590, "the cluster is busy: \(held(outcome, 0, 3590) / 8 / 3590)")
    }

    /// Agents of 3 slots have room for one member of 2 each: of 4 agents two gangs, and 4 slots stay idle.
    @Test func whatNoGangCanUseStaysIdle() {
        let outcome = SeveralSweepsTests.run([Self.gang()], (0..<4).map { _ in SimulatedAgent(slots: 3) })[0]
        let used = held(outcome, 100, 3500) / 3400
        #expect((7.5...8.01).contains(used), "\(used)")
    }

    @Test func aLostAgentEndsItsGangAndTheTrialGoesOn() {
        var agents = (0..<3).map { _ in SimulatedAgent(slots: 2) }
        agents[1].events = [.init(seconds: 100, .vanish)]
        let outcome = SeveralSweepsTests.run([Self.gang(min: 4, steps: 100, trials: 1)], agents)[0]
        #expect(
            outcome.attempts.map(\.outcome) == [.lost, .interrupted]
                || outcome.attempts.map(\.outcome) == [.lost, .exited])
        #expect(outcome.attempts[0].message?.hasPrefix("rank 1 on agent1: agent agent1 has been silent") == true)
        #expect(outcome.decisions.contains { $0.reason.rule == "gang" })
        #expect(outcome.trialsStarted == 1 && outcome.restarts == 1)
        // Nothing of what was saved is done twice.
        #expect(outcome.points.map(\.step) == Array(1...100))
    }

    @Test func aDrainedAgentMovesTheWholeGang() {
        var agents = (0..<3).map { _ in SimulatedAgent(slots: 2) }
        agents[0].events = [.init(seconds: 100, .drain)]
        let outcome = SeveralSweepsTests.run([Self.gang(min: 4, steps: 100, trials: 1)], agents)[0]
        #expect(outcome.attempts.count == 2 && outcome.attempts[0].outcome == .interrupted)
        #expect(outcome.attempts.map(\.agent) == [AgentID("agent0"), AgentID("agent1")])
        #expect(outcome.decisions.contains { $0.reason.rule == "drain" })
        #expect(outcome.points.map(\.step) == Array(1...100))
    }

    /// Of an agent that ends first the whole gang leaves in time.
    @Test func aGangLeavesBeforeItsFirstAgentEnds() {
        var agents = (0..<3).map { _ in SimulatedAgent(slots: 2) }
        agents[1].ends = 150
        let outcome = SeveralSweepsTests.run([Self.gang(min: 4, steps: 100, trials: 1)], agents)[0]
        #expect(outcome.attempts.count == 2 && outcome.attempts.allSatisfy { $0.outcome != .lost })
        #expect(outcome.points.map(\.step) == Array(1...100))
    }

    // MARK: Beside other sweeps

    /// Small trials hold every slot; the gang gets its share by stopping some, and everything at once.
    @Test func aGangGetsItsShareFromSmallTrials() {
        let outcomes = SeveralSweepsTests.run(
            [SeveralSweepsTests.sweep(steps: 1000), Self.gang(min: 2, hours: 1, submits: 300)],
            (0..<4).map { _ in SimulatedAgent(slots: 1) })
        let (small, gang) = (held(outcomes[0], 600, 3500) / 2900, held(outcomes[1], 600, 3500) / 2900)
        #expect((1.7...2.3).contains(gang) && small + gang > 3.8, "\(small), \(gang)")
        #expect(outcomes[0].decisions.contains { $0.reason.rule == "preempt" })
    }

    /// The gang holds all; small trials get their share of what it leaves, by stopping gangs.
    @Test func smallTrialsGetTheirShareFromGangs() {
        let outcomes = SeveralSweepsTests.run(
            [Self.gang(min: 2, steps: 1000), SeveralSweepsTests.sweep(hours: 1, submits: 300)],
            (0..<4).map { _ in SimulatedAgent(slots: 1) })
        let (gang, small) = (held(outcomes[0], 600, 3500) / 2900, held(outcomes[1], 600, 3500) / 2900)
        #expect((1.7...2.3).contains(small) && small + gang > 3.7, "\(gang), \(small)")
    }

    /// Two sweeps of gangs that both need three of four agents: each has them in turn, and neither holds a part.
    @Test func gangsThatDoNotFitTogetherTakeTurns() {
        let outcomes = SeveralSweepsTests.run(
            (0..<2).map { _ in Self.gang(agents: 3, min: 3, hours: 3, steps: 1000) },
            (0..<4).map { _ in SimulatedAgent(slots: 1) })
        for outcome in outcomes {
            #expect(outcome.attempts.allSatisfy { $0.slots.count == 3 })
            let used = held(outcome, 0, 10_000) / 10_000
            #expect((1.2...1.8).contains(used), "half the time each: \(used)")
        }
    }

    /// A gang that no cluster can hold says so and disturbs nobody.
    @Test func aGangWithoutEnoughAgentsDisturbsNobody() {
        let outcomes = SeveralSweepsTests.run(
            [SeveralSweepsTests.sweep(), Self.gang(agents: 3, min: 6)],
            [SimulatedAgent(slots: 4), SimulatedAgent(slots: 4)])
        #expect(outcomes[1].attempts.isEmpty && outcomes[1].state == .deadlineReached)
        #expect(held(outcomes[0], 60, 3500) > 0.98 * 8 * 3440)
        var state = ClusterState()
        let now = SeveralSweepsTests.start
        _ = state.apply(.sweepSubmitted(SweepID(1), Self.gang(agents: 3, min: 6).spec), at: now)
        for name in ["a", "b", "old"] {
            let sync = AgentSync(
                session: "s", slots: (0..<4).map { Slot(index: $0, kind: .cpu) }, labels: [:], attempts: [],
                seenVersion: 0, waitSeconds: 0, version: "1", runsGangs: name == "old" ? nil : true)
            _ = state.apply(.agentSynced(AgentID(name), sync), at: now)
        }
        #expect(
            state.warnings(for: SweepID(1), at: now) == [
                "slots.agents is 3, but 2 live agents that run parts of trials have 2 cpu slots"
            ])
    }
}
