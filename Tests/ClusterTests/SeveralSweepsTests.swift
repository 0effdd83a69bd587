import HyperSchedProtocol
import Simulator
import Testing

@testable import Scheduler

/// Whole runs of several sweeps on one simulated cluster.
@Suite struct SeveralSweepsTests {
    static let start = ClusterSimulationSetup.defaultStart

    static func sweep(
        _ policy: PolicySpec = .fifo, hours: Double = 1, steps: Int = 60, stepSeconds: Double = 10, submits: Double = 0,
        startup: Double = 2, trials: Int = 1000, change: (inout SweepSpec) -> Void = { _ in }
    ) -> SimulatedSweep {
        var spec = SweepSpec(
            name: "s", program: .command(["x"]), method: .random, metric: Metric(name: "m", goal: .maximize),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: start.advanced(bySeconds: hours * 3600), policy: policy, steps: StepRange(min: 1, max: steps),
            limits: SweepLimits(trials: trials), seed: 5)
        change(&spec)
        return SimulatedSweep(spec: spec, submits: submits, startupSeconds: startup, stopSeconds: 1) { index in
            let top = CounterRandom(seed: 11).stream(UInt64(index)).uniform()
            return SimulatedTrial(
                objective: (1...steps).map { top * Double($0) / Double($0 + 5) },
                stepSeconds: Array(repeating: stepSeconds, count: steps))
        }
    }

    static func run(_ sweeps: [SimulatedSweep], _ agents: [SimulatedAgent], settings: ClusterSettings? = nil)
        -> [SimulationOutcome]
    {
        ClusterSimulation.run(ClusterSimulationSetup(agents: agents, sweeps: sweeps, settings: settings))
    }

    /// Slot-seconds held between two moments, seconds from the start.
    private func held(_ outcome: SimulationOutcome, _ from: Double, _ to: Double) -> Double {
        outcome.attempts.reduce(0) { sum, attempt in
            let begin = max(from, attempt.startedAt.seconds(since: Self.start))
            let end = min(to, attempt.endedAt!.seconds(since: Self.start))
            return sum + max(0, end - begin) * Double(attempt.slots.count)
        }
    }

    private func count(_ outcome: SimulationOutcome, _ rule: String) -> Int {
        outcome.decisions.count { $0.reason.rule == rule }
    }

    // MARK: Shares

    @Test(arguments: [PolicySpec.fifo, .asha(ASHAOptions()), .hypersched(HyperSchedOptions())])
    func slotsAreSharedByWeight(policy: PolicySpec) {
        let outcomes = Self.run(
            [Self.sweep(policy) { $0.weight = 3 }, Self.sweep(policy)], [SimulatedAgent(slots: 8)])
        let (a, b) = (held(outcomes[0], 120, 3000), held(outcomes[1], 120, 3000))
        #expect((2.7...3.3).contains(a / b), "\(a) : \(b)")
        #expect(a + b > 0.97 * 8 * 2880, "work-conserving")
    }

    @Test func aSweepThatComesLaterGetsItsShareAndLeavesItAgain() {
        let outcomes = Self.run(
            [Self.sweep(), Self.sweep(hours: 0.5, submits: 600)], [SimulatedAgent(slots: 4), SimulatedAgent(slots: 4)])
        #expect(held(outcomes[0], 60, 600) > 0.98 * 8 * 540, "alone it has all")
        #expect((3.5...4.5).contains(held(outcomes[1], 800, 1700) / 900))
        #expect(held(outcomes[0], 1830, 3500) > 0.97 * 8 * 1670, "and all again afterwards")
        #expect(count(outcomes[0], "preempt") == 4, "one for each slot that it had to give")
        #expect(count(outcomes[1], "preempt") == 0)
    }

    @Test func aLargerPriorityTakesAllButTheFirstUnits() {
        let outcomes = Self.run(
            [Self.sweep(), Self.sweep(submits: 300) { $0.priority = 10 }], [SimulatedAgent(slots: 8)])
        #expect((0.9...1.3).contains(held(outcomes[0], 600, 3000) / 2400), "nobody starves")
        #expect((6.5...7.1).contains(held(outcomes[1], 600, 3000) / 2400))
    }

    @Test func fewerSlotsThanSweepsTakeTurns() {
        let outcomes = Self.run(
            (0..<3).map { _ in Self.sweep(.fifo, hours: 3, steps: 1000) }, [SimulatedAgent(slots: 1)])
        for outcome in outcomes {
            #expect((0.25...0.42).contains(held(outcome, 0, 10_000) / 10_000), "a third each")
            let starts = outcome.attempts.map { $0.startedAt.seconds(since: Self.start) }
            let ends = outcome.attempts.map { $0.endedAt!.seconds(since: Self.start) }
            for (end, next) in zip(ends, starts.dropFirst()) {
                #expect(next - end < 2 * 600 + 60, "waits no longer than the turns of the two others")
            }
        }
    }

    /// Whatever the weights, priorities and policies: who wants slots and holds none is served after the turns of the
    /// others at the latest.
    @Test(arguments: 0..<UInt64(8)) func nobodyStarves(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let policies: [PolicySpec] = [
            .fifo, .asha(ASHAOptions()), .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions()),
        ]
        let count = Int.random(in: 2...4, using: &random)
        let sweeps = (0..<count).map { _ in
            Self.sweep(random.pick(policies), steps: 400, submits: Double.random(in: 0..<600, using: &random)) {
                $0.seed = random.next()
                $0.weight = random.pick([nil, 0.01, 1, 100])
                $0.priority = Int.random(in: -2...2, using: &random)
            }
        }
        let slots = Int.random(in: 1...3, using: &random)
        var simulation = ClusterSimulation(
            ClusterSimulationSetup(agents: [SimulatedAgent(slots: slots)], sweeps: sweeps))
        var longest = 0.0
        while simulation.step() {
            for id in simulation.state.activeSweeps where simulation.state.shares[id] != nil {
                guard let since = simulation.state.sweep(id)!.waitsSince else { continue }
                longest = max(longest, simulation.now.seconds(since: since))
            }
        }
        // A turn for each of the others, and each may take a checkpoint and a minute to give way.
        #expect(longest <= Double(count) * (600 + 75), "waited for \(longest) s with \(count) sweeps on \(slots) slots")
        for outcome in simulation.outcomes { #expect(!outcome.attempts.isEmpty) }
    }

    @Test func gpuSweepsAndCPUSweepsDoNotDisturbEachOther() {
        let outcomes = Self.run(
            [Self.sweep { $0.slots.kind = .gpu }, Self.sweep(), Self.sweep { $0.slots.labels = ["zone": "a"] }],
            [
                SimulatedAgent(slots: 2, kind: .gpu), SimulatedAgent(slots: 4, labels: ["zone": "a"]),
                SimulatedAgent(slots: 4),
            ])
        #expect(held(outcomes[0], 60, 3000) > 0.97 * 2 * 2940)
        #expect((3.8...4.2).contains(held(outcomes[1], 120, 3000) / 2880), "half of eight")
        #expect((3.8...4.2).contains(held(outcomes[2], 120, 3000) / 2880), "all of its zone")
        #expect(outcomes[2].attempts.allSatisfy { $0.agent == AgentID("agent1") })
    }

    // MARK: No ping-pong

    /// Demands stand still: after the first minutes nothing is stopped for anybody any more.
    @Test(arguments: [3, 7, 8], [PolicySpec.fifo, .asha(ASHAOptions())])
    func steadyDemandsStopNobody(slots: Int, policy: PolicySpec) {
        let outcomes = Self.run(
            [Self.sweep(policy, steps: 5000), Self.sweep(policy, steps: 5000, submits: 1)],
            [SimulatedAgent(slots: slots)])
        let all = outcomes.flatMap(\.decisions).filter { $0.reason.rule == "preempt" }
        #expect(all.count <= slots, "\(all.count)")
        let late = all.filter { $0.at.seconds(since: Self.start) > 300 }
        #expect(late.isEmpty, "\(late.map(\.reason.text))")
    }

    /// Whatever the policies do, at most a tenth of the time goes into restarts for other sweeps.
    @Test(arguments: 0..<UInt64(6))
    func aTrialRunsLongEnoughBeforeItIsStoppedAgain(seed: UInt64) {
        let policies: [PolicySpec] = [
            .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions()), .asha(ASHAOptions(kind: .stopping)),
            .pbt(PBTOptions(interval: 5)), .median(MedianOptions()),
        ]
        var random = SeededGenerator(seed: seed)
        let sweeps = (0..<3).map { index in
            Self.sweep(random.pick(policies), hours: 0.5, submits: Double(index) * 200, startup: 5) {
                $0.seed = random.next()
                $0.weight = Double(Int.random(in: 1...4, using: &random))
            }
        }
        let outcomes = Self.run(sweeps, [SimulatedAgent(slots: 5), SimulatedAgent(slots: 3)])
        for outcome in outcomes {
            let starts = Dictionary(grouping: outcome.decisions.filter { [.start, .resume].contains($0.kind) }) {
                $0.trial!
            }
            for decision in outcome.decisions where decision.reason.rule == "preempt" {
                let started = starts[decision.trial!]!.last { $0.at <= decision.at }!.at
                #expect(decision.at.seconds(since: started) >= 59.9, "\(decision.reason.text)")
            }
            #expect(outcome.attempts.allSatisfy { $0.outcome != .lost && $0.outcome != .killed })
        }
    }

    // MARK: Agents that end

    @Test(arguments: [PolicySpec.fifo, .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions())])
    func trialsLeaveAnAgentBeforeItsEnd(policy: PolicySpec) {
        let outcomes = Self.run(
            [Self.sweep(policy, hours: 0.5, steps: 200), Self.sweep(policy, hours: 0.5, steps: 200)],
            [SimulatedAgent(slots: 4, ends: 1200), SimulatedAgent(slots: 4)],
            settings: ClusterSettings())
        let there = outcomes.flatMap(\.attempts).filter { $0.agent == AgentID("agent0") }
        #expect(there.count >= 4)
        for attempt in there {
            #expect(attempt.endedAt!.seconds(since: Self.start) <= 1200, "\(attempt)")
            #expect(attempt.outcome != .lost, "\(attempt)")
        }
        // What can still write a checkpoint does start there, late as it is: the slots are used to the end.
        let used = there.reduce(0) { $0 + $1.endedAt!.seconds(since: $1.startedAt) * Double($1.slots.count) }
        #expect(used > 0.95 * 4 * 1200, "\(used)")
        // Nothing was lost: each goes on at the step after that of its last checkpoint.
        for outcome in outcomes {
            var last: [TrialID: Int] = [:]
            for point in outcome.points {
                #expect(point.step == last[point.trial, default: 0] + 1)
                last[point.trial] = point.step
            }
        }
    }

    @Test func nothingStartsWhereItCouldNotSaveAnything() {
        // A step takes 100 s, a start 20 s: from 1200 - 123 s on nothing begins there.
        let outcomes = Self.run(
            [Self.sweep(.fifo, steps: 3, stepSeconds: 100, startup: 20)],
            [SimulatedAgent(slots: 2, ends: 1200), SimulatedAgent(slots: 1)])
        let there = outcomes[0].attempts.filter { $0.agent == AgentID("agent0") }
        #expect(there.allSatisfy { $0.startedAt.seconds(since: Self.start) <= 1080 }, "\(there.map(\.startedAt))")
        #expect(there.contains { $0.startedAt.seconds(since: Self.start) > 900 })
    }

    // MARK: Budgets and limits

    @Test(arguments: [PolicySpec.fifo, .asha(ASHAOptions()), .deadline(DeadlineOptions())])
    func aBudgetIsUsedAndNotExceeded(policy: PolicySpec) {
        let outcomes = Self.run(
            [Self.sweep(policy) { $0.budget = SweepBudget(slotHours: 2) }, Self.sweep(policy)],
            [SimulatedAgent(slots: 8)])
        // `deadline` ends a sweep when what is left is too little for a start and a step.
        #expect(outcomes[0].state == .finished && [.deadlineReached, .finished].contains(outcomes[1].state))
        let hours = held(outcomes[0], 0, 3600) / 3600
        #expect(hours <= 2 && hours > 1.9, "\(hours)")
        #expect(["budget", "no_time"].contains(outcomes[0].decisions.last { $0.kind == .finish }?.reason.rule))
        let end = outcomes[0].endedSeconds
        #expect(held(outcomes[1], end + 60, 3500) > 0.97 * 8 * (3500 - end - 60), "the other one has all then")
    }

    @Test(arguments: [
        PolicySpec.fifo, .asha(ASHAOptions()), .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions()),
    ])
    func secondsOfTrainingCountOverAllAttempts(policy: PolicySpec) {
        let sweeps = [
            Self.sweep(policy, hours: 0.5, steps: 10_000, stepSeconds: 3) {
                $0.steps = StepRange(unit: "second", min: 30, max: 300, countsSeconds: true)
                $0.slots.max = 1
            },
            Self.sweep(.fifo, submits: 400) { $0.priority = 1 },
        ]
        let outcomes = Self.run(sweeps, [SimulatedAgent(slots: 4)])
        #expect(outcomes[0].decisions.contains { $0.reason.rule == "preempt" }, "some were interrupted")
        let steps = Dictionary(grouping: outcomes[0].points, by: \.trial).mapValues { $0.map(\.step).max()! }
        let complete = outcomes[0].decisions.filter { $0.kind == .complete }.compactMap(\.trial)
        // `deadline` looks at more of them instead; its leader has the last slot for the rest of its run or of the
        // time.
        let looksAtMore = policy.name == "deadline"
        #expect(looksAtMore ? steps.values.max()! >= 60 : complete.count >= 3, "\(steps.values.max()!)")
        // 300 s of 3 s each; instants are whole milliseconds, so that a sum of them may fall just short.
        for trial in complete { #expect((100...101).contains(steps[trial]!), "\(steps[trial]!)") }
        #expect(steps.values.allSatisfy { $0 <= 101 })
        let text = "trained for 300 s, of 300 s at most"
        #expect(looksAtMore || outcomes[0].decisions.contains { $0.reason.text.contains(text) })
    }
}
