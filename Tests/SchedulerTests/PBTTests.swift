import HyperSchedProtocol
import RealModule
import Testing

@testable import Scheduler

@Suite struct PBTTests {
    /// Members that report one after the other; what they hold is kept by hand.
    struct Probe {
        let spec: SweepSpec
        var policy: AnyPolicy
        var trials: [TrialRecord] = []
        var running: [Int64] = []
        var paused: [Int64] = []
        /// Their latest checkpoints are those of the last step.
        var final: Set<Int64> = []

        init(_ options: PBTOptions = PBTOptions(interval: 2), members: Int = 4, steps: ClosedRange<Int> = 2...20) {
            spec = Fixture.spec(
                .pbt(options), steps: steps,
                parameters: [
                    Parameter(name: "lr", domain: .logUniform(min: 1e-4, max: 1)),
                    Parameter(name: "momentum", domain: .uniform(min: 0, max: 1)),
                ])
            policy = AnyPolicy(spec)
            for _ in 0..<members { create() }
        }

        mutating func create(_ lineage: Lineage? = nil, _ configuration: Configuration? = nil) {
            let id = Int64(trials.count + 1)
            var trial = TrialRecord(
                id: TrialID(id), sweep: SweepID(1), index: trials.count,
                configuration: configuration ?? ConfigurationSampler(spec).configuration(at: trials.count)!,
                seed: 0, createdAt: Fixture.start)
            trial.lineage = lineage
            trials.append(trial)
            policy.onCreated(trial)
            policy.onStarted(trial.id, slots: 1)
            running.append(id)
        }

        func view(capacity: Int = 4, waiting: [Int64] = [], canCreate: Bool = true, left: Int = 100) -> SweepView {
            let held = running.map { Fixture.running($0) }
            let free = capacity - held.count
            return SweepView(
                now: Fixture.at(1), startedAt: Fixture.start, deadline: spec.deadline, steps: spec.steps, minSlots: 1,
                maxSlots: capacity, capacity: capacity, largestFree: free, totalFree: free, freeBeside: free,
                running: RunningTrials(held), waiting: SortedList(waiting.map { TrialID($0) }),
                paused: SortedList(paused.map { TrialID($0) }), canCreate: canCreate, seed: spec.seed,
                nextIndex: trials.count, trialsLeft: left,
                hasFinalCheckpoint: { [final] in final.contains($0.rawValue) })
        }

        mutating func report(_ id: Int64, _ step: Int, _ score: Double, left: Int = 100) -> Verdict {
            let view = view(capacity: max(4, running.count), left: left)
            return policy.onReport(
                Fixture.report(id, step: step, score), of: trials[Int(id) - 1], in: view)
        }

        mutating func end(_ id: Int64, _ state: TrialState) {
            running.removeAll { $0 == id }
            if state == .paused { paused = (paused + [id]).sorted() }
            policy.onEnded(TrialID(id), state: state)
        }
    }

    @Test("The worst quarter is replaced by a copy of one of the best quarter that goes on from its checkpoint")
    func exploitAndExplore() throws {
        var probe = Probe()
        #expect(
            [0.1, 0.2, 0.3, 0.4].enumerated().map { probe.report(Int64($0.offset + 1), 2, $0.element).letter }
                == ["C", "C", "C", "C"])
        // Between two points nothing is compared.
        #expect(probe.report(1, 3, 0.05).letter == "C")
        let verdict = probe.report(1, 4, 0.15)
        #expect(verdict.letter == "S")
        #expect(
            verdict.reason?.text
                == "pruned at step 4: its 0.15 is among the worst 1 of 4 members; a copy of trial 4 (0.4) takes its "
                + "place"
        )
        #expect(verdict.reason?.rule == "exploit" && verdict.reason?.rivals == [TrialID(4)])
        probe.end(1, .pruned)
        let choice = probe.policy.choose(in: probe.view())
        guard case .startChild(let offspring, 1, let reason) = choice else {
            return #expect(Bool(false), "\(choice.text)")
        }
        #expect(offspring.parent == TrialID(4) && offspring.replacing == TrialID(1))
        #expect(reason.rule == "explore" && reason.text.hasPrefix("a copy of trial 4 takes the place of trial 1: "))
        #expect(offspring.configuration != probe.trials[3].configuration)
        #expect(
            offspring.configuration
                == probe.spec.perturbed(probe.trials[3].configuration, ofTrial: 4, PBTOptions(interval: 2)))
        // The child begins at its parent's step and is compared at the next point after it.
        probe.create(
            Lineage(parent: TrialID(4), parentStep: 5, replaces: TrialID(1)), offspring.configuration)
        #expect(probe.policy.choose(in: probe.view(capacity: 5)).rule == "population", "the population is complete")
        #expect(probe.report(5, 5, 0.01).letter == "C")
        #expect(probe.report(5, 6, 0.01).letter == "S")
    }

    @Test("A copy of a trial that is complete would have nothing left to do: there is none")
    func noChildOfACompleteTrial() {
        var probe = Probe()
        for (place, score) in [0.1, 0.2, 0.3, 0.4].enumerated() { _ = probe.report(Int64(place + 1), 2, score) }
        #expect(probe.report(1, 4, 0.15).reason?.rivals == [TrialID(4)])
        probe.end(1, .pruned)
        guard case .startChild = probe.policy.choose(in: probe.view()) else {
            return #expect(Bool(false), "a copy of trial 4 takes its place")
        }
        // Before there are slots for the child its parent writes its last checkpoint.
        probe.final = [4]
        #expect(probe.policy.choose(in: probe.view()).rule == "population", "that line of descent is done")
        probe.end(4, .completed)
        #expect(probe.policy.choose(in: probe.view()).rule == "population", "and nobody is drawn for it")
        // Nor is such a one chosen to be copied.
        var other = Probe()
        for (place, score) in [0.1, 0.2, 0.3, 0.4].enumerated() { _ = other.report(Int64(place + 1), 2, score) }
        other.final = [4]
        #expect(other.report(1, 4, 0.15).letter == "C")
    }

    @Test("Equal scores replace nobody; nor does a better one without a checkpoint, nor a used-up limit of trials")
    func nothingToGain() {
        var equal = Probe()
        for step in [2, 4] { for id in 1...4 { #expect(equal.report(Int64(id), step, 0.5).letter == "C") } }
        var limited = Probe()
        for id in 1...4 { _ = limited.report(Int64(id), 2, Double(id)) }
        #expect(limited.report(1, 4, 0.5, left: 0).letter == "C")
        #expect(limited.report(1, 6, 0.5, left: 1).letter == "S")
        #expect(limited.report(2, 4, 0.4, left: 1).letter == "C", "the one trial left is for the child of the first")
        var bare = Probe()
        for id in 1...4 { _ = bare.report(Int64(id), 2, Double(id)) }
        let running = (1...4).map { Fixture.running(Int64($0), checkpoint: $0 != 4) }
        let view = Fixture.view(bare.spec, capacity: 4, running: running, canCreate: true)
        #expect(bare.policy.onReport(Fixture.report(1, step: 4, 0.1), of: bare.trials[0], in: view).letter == "C")
    }

    @Test("The population is filled, kept, and its dead are replaced by new trials")
    func population() {
        var probe = Probe(PBTOptions(population: 3, interval: 2), members: 2)
        #expect(probe.policy.choose(in: probe.view(capacity: 8)).text == "new x1")
        probe.create()
        #expect(probe.policy.choose(in: probe.view(capacity: 8)).text == "nothing")
        probe.end(2, .failed)
        #expect(probe.policy.choose(in: probe.view(capacity: 8)).text == "new x1")
        probe.end(1, .completed)
        probe.create()
        #expect(
            probe.policy.choose(in: probe.view(capacity: 8)).text == "nothing", "a line that is done is not begun anew")
        // As many as the slots allow, four at least.
        let open = Probe(PBTOptions(interval: 2), members: 1)
        for (capacity, size) in [(2, 4), (9, 9)] {
            let text = open.policy.choose(in: open.view(capacity: capacity)).reason.text
            #expect(text == "started: the population has 1 of \(size) members")
        }
    }

    @Test("With fewer slots than members they take turns: nobody gets more than one comparison ahead")
    func turns() {
        var options = VirtualRun.Options()
        (options.slots, options.trials) = (2, 6)
        options.score = { _, _ in 0.5 }
        var run = VirtualRun(
            Fixture.spec(.pbt(PBTOptions(population: 6, interval: 3)), steps: 1...13, deadline: 1000), options)
        run.run { run in
            let passed = run.trials.filter { $0.state != .completed }.map { $0.policy.membership!.passed }
            guard run.trials.count == 6, let most = passed.max(), let least = passed.min() else { return }
            #expect(most - least <= 1, "\(passed)")
        }
        #expect(run.trials.allSatisfy { $0.state == .completed })
        #expect(run.log.contains { $0.hasSuffix("start 1 x1 turn") })
    }

    @Test("An interrupted member goes on first; one that was replaced does not")
    func interruptions() {
        var probe = Probe()
        for id in 1...4 { _ = probe.report(Int64(id), 2, Double(id)) }
        #expect(probe.report(1, 4, 0.5).letter == "S")
        // Its agent was drained at the same moment, so that it waits instead of ending.
        probe.end(1, .waiting)
        probe.end(2, .waiting)
        #expect(probe.policy.choose(in: probe.view(waiting: [1, 2])).text == "start 2 x1")
        probe.running = [2, 3, 4]
        probe.policy.onStarted(TrialID(2), slots: 1)
        #expect(probe.policy.choose(in: probe.view(waiting: [1])).text == "child of 4 x1")
        probe.create(Lineage(parent: TrialID(4), parentStep: 2, replaces: TrialID(1)))
        let choice = probe.policy.choose(in: probe.view(capacity: 5, waiting: [1]))
        // Five slots, four at least and as many as there are slots: first the population, then what it left behind.
        #expect(choice.text == "new x1")
        let full = probe.policy.choose(in: probe.view(capacity: 5, waiting: [1], canCreate: false))
        #expect(full.text == "start 1 x1" && full.rule == "rung_fill")
    }

    @Test("A donor is drawn from all of the best, by seed, trial and step")
    func donors() {
        var chosen: Set<TrialID> = []
        for id in 1...4 as ClosedRange<Int64> {
            for last in [4, 6, 8, 10] {
                var probe = Probe(PBTOptions(interval: 2, quantile: 0.5), members: 8)
                for other in 1...8 as ClosedRange<Int64> { _ = probe.report(other, 2, Double(other)) }
                let verdict = probe.report(id, last, Double(id))
                #expect(verdict.letter == "S")
                chosen.insert(verdict.reason!.rivals[0])
                #expect(probe.report(id, last, Double(id)).letter == "C")
            }
        }
        #expect(chosen.isSubset(of: [TrialID(5), TrialID(6), TrialID(7), TrialID(8)]) && chosen.count > 2)
    }

    @Test("It climbs: on a loss that only the right learning rate lowers, the best of the population gets there")
    func itFindsWhatRandomSearchDoesNot() {
        // Progress per step depends on how near the learning rate is to 1e-2; a child keeps what its parent reached.
        func best(_ policy: PolicySpec, seed: UInt64) -> Double {
            let spec = Fixture.spec(
                policy, steps: 1...60, deadline: 100_000, seed: seed,
                parameters: [Parameter(name: "lr", domain: .logUniform(min: 1e-5, max: 1))])
            var climb = Climb(spec, members: 6)
            return climb.run()
        }
        var wins = 0
        for seed in 0..<20 as Range<UInt64> {
            let trained = best(.pbt(PBTOptions(population: 6, interval: 3)), seed: seed)
            if trained > best(.fifo, seed: seed) { wins += 1 }
        }
        #expect(wins >= 17, "\(wins) of 20")
    }
}

/// Six slots, lock-step: each trial gains per step what its configuration is worth and starts from what its parent had.
private struct Climb {
    let spec: SweepSpec
    let members: Int
    private var policy: AnyPolicy
    private var trials: [TrialRecord] = []
    private var level: [Double] = []

    init(_ spec: SweepSpec, members: Int) {
        self.spec = spec
        self.members = members
        policy = AnyPolicy(spec)
    }

    private var running: [Int] { trials.indices.filter { trials[$0].state == .running } }

    private func view() -> SweepView {
        let free = members - running.count
        let fresh = trials.count { $0.lineage == nil }
        return SweepView(
            now: Fixture.at(1), startedAt: Fixture.start, deadline: spec.deadline, steps: spec.steps, minSlots: 1,
            maxSlots: members, capacity: members, largestFree: free, totalFree: free, freeBeside: free,
            running: RunningTrials(
                running.map { Fixture.running(trials[$0].id.rawValue, score: trials[$0].lastScore) }),
            waiting: [], paused: [], canCreate: fresh < members, seed: spec.seed, nextIndex: trials.count,
            trialsLeft: 1000)
    }

    private mutating func fill() {
        while true {
            switch policy.choose(in: view()) {
            case .startNew:
                add(ConfigurationSampler(spec).configuration(at: trials.count)!, nil)
            case .startChild(let offspring, _, _):
                let parent = trials[Int(offspring.parent.rawValue) - 1]
                add(
                    offspring.configuration,
                    Lineage(parent: parent.id, parentStep: parent.lastStep, replaces: offspring.replacing))
            default: return
            }
        }
    }

    private mutating func add(_ configuration: Configuration, _ lineage: Lineage?) {
        var trial = TrialRecord(
            id: TrialID(Int64(trials.count + 1)), sweep: SweepID(1), index: trials.count,
            configuration: configuration, seed: 0, createdAt: Fixture.start)
        trial.lineage = lineage
        trial.lastStep = lineage?.parentStep ?? 0
        trial.state = .running
        trials.append(trial)
        level.append(lineage.map { level[Int($0.parent.rawValue) - 1] } ?? 0)
        policy.onCreated(trial)
        policy.onStarted(trial.id, slots: 1)
    }

    mutating func run() -> Double {
        fill()
        while let next = running.min(by: { (trials[$0].lastStep, $0) < (trials[$1].lastStep, $1) }) {
            let rate = trials[next].configuration["lr"]!.number!
            level[next] += 1 / (1 + abs(Double.log10(rate) + 2) * 4)
            trials[next].lastStep += 1
            trials[next].lastScore = level[next]
            let report = Fixture.report(trials[next].id.rawValue, step: trials[next].lastStep, level[next])
            let verdict = policy.onReport(report, of: trials[next], in: view())
            let ends = trials[next].lastStep == spec.steps.max
            if ends || verdict.letter == "S" {
                trials[next].state = ends ? .completed : .pruned
                policy.onEnded(trials[next].id, state: trials[next].state)
            }
            fill()
        }
        return level.max()!
    }
}
