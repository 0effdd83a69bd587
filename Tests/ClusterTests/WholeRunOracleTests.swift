import HyperSchedProtocol
import Simulator
import Testing

@testable import Scheduler

/// The oracles of the specification that concern whole runs of the cluster (the others are in SchedulerTests and
/// DeadlineTests).
@Suite struct WholeRunOracleTests {
    private static let start = ClusterSimulationSetup.defaultStart

    /// What was decided about trials, and when; without words.
    private static func log(_ outcome: SimulationOutcome) -> [String] {
        outcome.decisions.map { decision in
            "\(decision.at.milliseconds) \(decision.trial?.description ?? "sweep") \(decision.kind.rawValue)"
        }
    }

    /// The ladder of the published code has a rung at or above the last step, which no trial reaches.
    @Test("O44: all ablations on is promotion ASHA, in whole runs", arguments: 0..<UInt64(10))
    func o44(seed: UInt64) {
        var options = HyperSchedOptions()
        options.speculation = false
        options.countOverhead = false
        options.limitAdmission = false
        options.allocation = .none
        func run(_ policy: PolicySpec) -> SimulationOutcome {
            var sweep = SeveralSweepsTests.sweep(policy, hours: 0.25, steps: 64, stepSeconds: 1, startup: 0) {
                $0.seed = seed
                $0.limits.trials = 10_000
            }
            sweep.stopSeconds = 0
            sweep.trial = { index in
                let random = CounterRandom(seed: seed).stream(UInt64(index))
                return SimulatedTrial(
                    objective: (1...64).map { random.uniform(at: 0) + random.normal(at: UInt64($0)) * 0.1 },
                    stepSeconds: Array(repeating: 1 + random.uniform(at: 1000), count: 64))
            }
            return SeveralSweepsTests.run([sweep], [SimulatedAgent(slots: 6)])[0]
        }
        let (ablated, asha) = (run(.hypersched(options)), run(.asha(ASHAOptions())))
        #expect(Self.log(ablated) == Self.log(asha))
        #expect(ablated.points == asha.points && ablated.points.count > 1000)
        #expect(asha.decisions.contains { $0.reason.rule == "rung_promotion" })
    }

    @Test("O46: the same seed and events give the same decision log, twice", arguments: 0..<UInt64(10))
    func o46(seed: UInt64) {
        func run() -> [SimulationOutcome] {
            let policies: [PolicySpec] = [
                .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions()), .pbt(PBTOptions(interval: 5)),
            ]
            let sweeps = policies.enumerated().map { place, policy in
                SeveralSweepsTests.sweep(policy, hours: 0.5, submits: 100 * Double(place)) {
                    $0.seed = seed
                    $0.weight = Double(place + 1)
                }
            }
            let setup = ClusterSimulationSetup(
                agents: [
                    SimulatedAgent(slots: 4, ends: 900), SimulatedAgent(slots: 3),
                    SimulatedAgent(slots: 2, events: [SimulatedAgent.Event(seconds: 500, .vanish)]),
                ], sweeps: sweeps, faults: SimulatedFaults(seed: seed, secondsToCrash: 900, paceSpread: 0.3))
            return ClusterSimulation.run(setup)
        }
        let (a, b) = (run(), run())
        #expect(a.map(\.decisions) == b.map(\.decisions) && a.map(\.attempts) == b.map(\.attempts))
        #expect(a.allSatisfy { $0.decisions.count > 20 && $0.state.isTerminal })
    }

    @Test(
        "O47: a node leaves: never more held than there is, nobody killed, the best trial goes on",
        arguments: [
            PolicySpec.fifo, .asha(ASHAOptions(kind: .stopping)), .hypersched(HyperSchedOptions()),
            .deadline(DeadlineOptions()),
        ], [0, 1])
    func o47(policy: PolicySpec, leaving: Int) {
        let at = 600.0
        let agents = [6, 2].enumerated().map { place, slots in
            SimulatedAgent(
                slots: slots, events: place == leaving ? [SimulatedAgent.Event(seconds: at, .drain)] : [])
        }
        let sweep = SeveralSweepsTests.sweep(policy, steps: 400)
        var simulation = ClusterSimulation(ClusterSimulationSetup(agents: agents, sweeps: [sweep]))
        while simulation.now < Self.start.advanced(bySeconds: at) { _ = simulation.step() }
        let left = [6, 2][1 - leaving]
        let kept = simulation.state.leases.filter { $0.goal == .run }
        #expect(kept.reduce(0) { $0 + $1.slots.count } <= left)
        #expect(kept.allSatisfy { $0.agent == AgentID("agent\(1 - leaving)") })
        let best = simulation.state.trials.values.filter { $0.state == .running }
            .max { ($0.bestScore ?? -1, $1.id) < ($1.bestScore ?? -1, $0.id) }!
        // Two minutes: the stop, a start, and the time for which a trial that has just begun is left in peace.
        while simulation.now < Self.start.advanced(bySeconds: at + 120) { _ = simulation.step() }
        let stays = AgentID("agent\(1 - leaving)")
        // It may have come to a milestone since, at which policy `deadline` lets others catch up.
        let wentOn = simulation.outcomes[0].attempts.contains {
            $0.attempt.trial == best.id && $0.agent == stays && $0.endedAt! > Self.start.advanced(bySeconds: at)
        }
        #expect(
            wentOn || simulation.state.lease(of: best.id)?.agent == stays
                || simulation.state.trial(best.id)!.bestScore! < simulation.outcomes[0].best!,
            "the best trial has lost its slots")
        while simulation.step() {}
        #expect(simulation.outcomes[0].attempts.allSatisfy { $0.outcome != .killed && $0.outcome != .lost })
        // No step is trained twice: all went on from their last checkpoints.
        let steps = simulation.outcomes[0].points.map { "\($0.trial)/\($0.step)" }
        #expect(Set(steps).count == steps.count)
    }

    @Test(
        "O48: deadlines in 1 h and 4 h on 8 slots: neither misses a feasible minimum share",
        arguments: [PolicySpec.deadline(DeadlineOptions()), .hypersched(HyperSchedOptions())])
    func o48(policy: PolicySpec) {
        let sweeps = [
            SeveralSweepsTests.sweep(policy, hours: 1, steps: 120, stepSeconds: 60),
            SeveralSweepsTests.sweep(policy, hours: 4, steps: 120, stepSeconds: 60),
        ]
        var simulation = ClusterSimulation(ClusterSimulationSetup(agents: [SimulatedAgent(slots: 8)], sweeps: sweeps))
        var (below, worst, looks) = ([SweepID: Timestamp](), 0.0, 0)
        while simulation.step() {
            let shares = simulation.state.shares
            guard shares.count == 2, shares.values.reduce(0, { $0 + $1.minimum }) <= 8 else {
                below = [:]
                continue
            }
            looks += 1
            for (id, share) in shares {
                let held = simulation.state.runtimes[id]!.committedSlots
                // It wants no more than it holds: its policy has other plans.
                guard held < share.minimum, share.isShort else {
                    below[id] = nil
                    continue
                }
                let since = below[id] ?? simulation.now
                below[id] = since
                worst = max(worst, simulation.now.seconds(since: since))
            }
        }
        #expect(looks > 100)
        // Whoever has to give is asked at its next checkpoint, and a step takes 60 s; a trial that has just begun has
        // none yet. Beside two steps: starts of 2 s and stops of 1 s. `deadline` keeps free slots for trials that grow at
        // their next report and was seen below for 290 s.
        let steps = policy.name == "deadline" ? 5.0 : 2.0
        #expect(worst <= steps * 60 + 4 * (2 + 1), "below its minimum share for \(worst) s")
        #expect(simulation.outcomes.allSatisfy { $0.state == .deadlineReached || $0.state == .finished })
        // Neither is worse off than alone with half of the slots.
        for (sweep, shared) in zip(sweeps, simulation.outcomes) {
            let alone = SeveralSweepsTests.run([sweep], [SimulatedAgent(slots: 4)])[0]
            #expect(shared.best! > 0.95 * alone.best!, "\(shared.best!) beside the other one, \(alone.best!) alone")
        }
    }
}
