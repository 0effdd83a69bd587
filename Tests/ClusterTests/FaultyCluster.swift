import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Drives a ``ClusterState`` with random but possible events: agents that come, go silent, restart and drain; processes
/// that report, repeat themselves, crash, diverge and ignore; sweeps of every policy. After each event the invariants
/// are checked, and the state is rebuilt from what was stored and compared.
struct FaultyCluster {
    struct FakeAgent {
        var session = 0
        let slots: Int
        var seen: Int64 = 0
        /// Attempts it holds something of, with the state of their processes.
        var processes: [AttemptID: FakeProcess] = [:]
        var silent = false
        /// When it will be gone, as it says; nil: it says nothing.
        var ends: Timestamp?
        var runsGangs: Bool?
        var address: String?
    }

    struct FakeProcess {
        var sequence: Int64 = 0
        var step: Int
        var elapsed = 0.0
        var goal = AttemptGoal.run
        /// Of a gang; 0: reports and checkpoints are the trial's.
        var rank = 0
    }

    var state = ClusterState(settings: ClusterSettings(leaseSeconds: 20, lostMarginSeconds: 5))
    var store = InMemoryStore()
    var random: SeededGenerator
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var agents: [AgentID: FakeAgent] = [:]
    var lastStates: [TrialID: TrialState] = [:]
    var log: [Decision] = []
    /// A check has failed: the rest would only repeat it.
    var broken = false
    private var rounds = 0
    /// How many of the sweeps run their trials on several agents; 0: none, and no draw is made for it.
    var gangs = 0.0
    /// Sweeps have one of these.
    var policies = establishedPolicies + laterPolicies

    static let establishedPolicies: [PolicySpec] = [
        .fifo, .asha(ASHAOptions(kind: .promotion, reductionFactor: 3)), .asha(ASHAOptions(kind: .stopping)),
        .hypersched(HyperSchedOptions()), .deadline(DeadlineOptions()),
        .deadline(DeadlineOptions(hedges: false)),
        .hypersched(HyperSchedOptions(cooldownReports: 0, dropAtClosing: false)),
        .hypersched(HyperSchedOptions(allocation: .topJob, cooldownReports: 1)),
        .hypersched(HyperSchedOptions(allocation: .random, cooldownReports: 1, speculation: false)),
    ]

    static let laterPolicies: [PolicySpec] = [
        .hypersched(HyperSchedOptions(allocation: .softmax, pausing: false, publishedSlips: true)),
        .asha(ASHAOptions(reductionFactor: 2, delay: true)),
        .asha(ASHAOptions(kind: .stopping, cutoff: .rank)),
        .hyperband(HyperbandOptions(reductionFactor: 2)), .hyperband(HyperbandOptions(kind: .stopping)),
        .median(MedianOptions(minTrials: 1)), .median(MedianOptions(statistic: .best, action: .pause)),
        .median(MedianOptions(statistic: .value, peers: .completed, minTrials: 1, interval: 2)),
        .pbt(PBTOptions(interval: 1)), .pbt(PBTOptions(interval: 2, quantile: 0.5, action: .pause)),
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    var agentNames: [AgentID] { agents.keys.sorted() }

    // MARK: One round of the control loop

    mutating func round(_ event: ClusterEvent) {
        let before = state
        let result = state.apply(event, at: now)
        if case .refused = result { #expect(state == before, "a refused event changes nothing") }
        state.plan(at: now)
        let changes = state.takeChanges()
        log += changes.decisions
        store.commit(changes)
        checkSlots()
        checkTransitions(changes)
        checkFixpoint()
        checkRoom()
        checkTimes()
        checkSlotsAreUsed()
        checkGangs()
        // Rebuilding costs more than all else together, so not after each event.
        rounds += 1
        if rounds % 9 == 0 { checkRestored() }
    }

    mutating func tick(_ seconds: Double) {
        now = now.advanced(bySeconds: seconds)
        round(.tick)
    }

    // MARK: Random events

    mutating func randomEvent() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<4: submit()
        case 4..<7: join()
        case 7..<8: closeProposals()
        case 8..<9: cancel()
        case 9..<11: drain()
        case 11..<12: random.chance(0.5) ? extend() : adjust()
        case 12..<15: silence()
        case 15..<17: restartAgent()
        case 17..<35: sync()
        case 35..<39: staleReport()
        case 39..<44: propose()
        case 44..<85: workerStep()
        default: tick(Double.random(in: 0.1..<6, using: &random))
        }
    }

    mutating func submit() {
        guard state.activeSweeps.count < 3 else { return }
        let method = random.pick(SearchMethod.allCases)
        let isListed = method == .grid || random.chance(0.3)
        let spec = SweepSpec(
            name: "s", program: .command(["x"]), method: method,
            metric: Metric(
                name: "m", goal: random.chance(0.5) ? .maximize : .minimize,
                target: random.chance(0.1) ? 0.99 : nil),
            parameters: [
                isListed
                    ? Parameter(name: "a", domain: .intUniform(min: 1, max: 6))
                    : Parameter(name: "a", domain: .uniform(min: 0, max: 1)),
                Parameter(name: "b", domain: .categorical(values: [.int(0), .int(1)], probabilities: nil)),
                Parameter(
                    name: "c", domain: .intUniform(min: 1, max: 3),
                    conditions: [ParameterCondition(parent: "b", values: [.int(1)])]),
            ],
            deadline: now.advanced(bySeconds: Double.random(in: 30..<300, using: &random)),
            policy: random.pick(policies),
            steps: StepRange(
                min: 1, max: Int.random(in: 1...20, using: &random), countsSeconds: random.chance(0.2) ? true : nil),
            slots: slotRequest(),
            limits: SweepLimits(
                trials: random.chance(0.5) ? 10 : 1000, trialWallSeconds: random.chance(0.2) ? 60 : nil,
                noReportSeconds: random.chance(0.2) ? 30 : nil),
            onNaN: random.chance(0.5) ? .diverged : .worst, priority: Int.random(in: 0...1, using: &random),
            seed: random.next(), weight: random.pick([nil, nil, 0, 0.5, 3]),
            budget: random.chance(0.15) ? SweepBudget(slotHours: Double.random(in: 0.005..<0.1, using: &random)) : nil)
        round(.sweepSubmitted(state.nextSweepID(), spec))
    }

    private mutating func slotRequest() -> SlotRequest {
        guard gangs > 0, random.chance(gangs) else {
            return SlotRequest(min: random.chance(0.8) ? 1 : 2, max: random.chance(0.5) ? nil : 2)
        }
        let agents = Int.random(in: 2...3, using: &random)
        return SlotRequest(min: agents * (random.chance(0.7) ? 1 : 2), agents: agents)
    }

    mutating func join() {
        guard agents.count < 4 else { return }
        let name = AgentID("n\(agents.count)")
        agents[name] = FakeAgent(slots: Int.random(in: 1...4, using: &random))
        if gangs > 0 {
            agents[name]!.runsGangs = random.chance(0.9) ? true : nil
            agents[name]!.address = random.pick(["127.0.0.1", "10.0.0.\(agents.count)", nil])
        }
        if random.chance(0.3) {
            agents[name]!.ends = now.advanced(bySeconds: Double.random(in: 20..<200, using: &random))
        }
        sync(name)
    }

    /// A program proposes: a good configuration, one that was there before, a bad one; sometimes it says so twice.
    mutating func propose() {
        let external = state.sweeps.filter { $0.spec.method == .external }
        guard let sweep = external.isEmpty ? nil : random.pick(external) else { return }
        let space = SearchSpace(sweep.spec.parameters)
        var configuration = space.draw(CounterRandom(seed: random.next() % 20))
        if random.chance(0.1) { configuration = configuration.mapValues { _ in .real(.nan) } }
        let proposal = ConfigurationProposal(configuration: configuration, allowDuplicate: random.chance(0.3))
        let key = random.chance(0.5) ? "k\(random.next() % 50)" : nil
        let before = state.lastTrial
        round(.proposed(sweep.id, proposal, key: key))
        guard let key, random.chance(0.3), state.lastTrial > before else { return }
        let after = state.lastTrial
        round(.proposed(sweep.id, proposal, key: key))
        #expect(state.lastTrial == after, "a repeated proposal made a second trial")
    }

    mutating func closeProposals() {
        let external = state.sweeps.filter { $0.spec.method == .external }
        guard let sweep = external.isEmpty ? nil : random.pick(external), random.chance(0.2) else { return }
        round(.proposalsClosed(sweep.id))
    }

    mutating func cancel() {
        guard let sweep = state.activeSweeps.first, random.chance(0.3) else { return }
        round(.sweepCancelled(sweep))
    }

    /// Of any sweep, one that is over included; sometimes to an earlier instant, which is refused.
    mutating func extend() {
        guard let sweep = state.sweeps.isEmpty ? nil : random.pick(state.sweeps) else { return }
        let timings = store.load(lastSweep: state.lastSweep).timings[sweep.id] ?? []
        let deadline = max(now, sweep.spec.deadline).advanced(bySeconds: Double.random(in: -5..<60, using: &random))
        round(.sweepExtended(sweep.id, deadline: deadline, timings: random.chance(0.9) ? timings : nil))
    }

    /// Of any sweep; sometimes to what is refused.
    mutating func adjust() {
        guard let sweep = state.sweeps.isEmpty ? nil : random.pick(state.sweeps) else { return }
        let adjustment = SweepAdjustment(
            priority: random.chance(0.5) ? Int.random(in: 0...2, using: &random) : nil,
            weight: random.chance(0.5) ? Double.random(in: -0.2...3, using: &random) : nil,
            slotHours: random.chance(0.2) ? Double.random(in: 0..<0.2, using: &random) : nil)
        round(.sweepAdjusted(sweep.id, adjustment))
    }

    mutating func drain() {
        guard let name = agentNames.isEmpty ? nil : random.pick(agentNames) else { return }
        round(.agentDrained(name, random.chance(0.4)))
    }

    mutating func silence() {
        guard let name = agentNames.isEmpty ? nil : random.pick(agentNames) else { return }
        agents[name]!.silent.toggle()
    }

    /// The agent's process is killed and started again; sometimes its work directory is gone too.
    mutating func restartAgent() {
        guard let name = agentNames.isEmpty ? nil : random.pick(agentNames) else { return }
        agents[name]!.session += 1
        agents[name]!.seen = 0
        if random.chance(0.5) { agents[name]!.processes = [:] }
        sync(name)
    }

    mutating func sync() {
        guard let name = agentNames.isEmpty ? nil : random.pick(agentNames), !agents[name]!.silent else { return }
        sync(name)
    }

    mutating func sync(_ name: AgentID) {
        let agent = agents[name]!
        let message = AgentSync(
            session: "\(agent.session)", slots: (0..<agent.slots).map { Slot(index: $0, kind: .cpu) }, labels: [:],
            attempts: agent.processes.keys.sorted(), seenVersion: agent.seen, waitSeconds: 0, version: "1",
            endsInSeconds: agent.ends.map { $0.seconds(since: now) + Double.random(in: 0..<0.5, using: &random) },
            runsGangs: agent.runsGangs, address: agent.address)
        round(.agentSynced(name, message))
        guard !random.chance(0.1) else { return }  // the answer is lost on the way
        let desired = state.desiredState(of: name, at: now)!
        agents[name]!.seen = desired.version
        let wanted = Dictionary(uniqueKeysWithValues: desired.assignments.map { ($0.attempt, $0) })
        agents[name]!.processes = agents[name]!.processes.filter { wanted[$0.key] != nil }
        for assignment in desired.assignments {
            var process =
                agents[name]!.processes[assignment.attempt]
                ?? FakeProcess(step: assignment.resumeFrom?.step ?? 0)
            process.goal = assignment.goal
            process.rank = assignment.gang?.rank ?? 0
            agents[name]!.processes[assignment.attempt] = process
        }
    }

    /// Some process does something: reports, writes a checkpoint, ends.
    mutating func workerStep() {
        let all = agentNames.flatMap { name in agents[name]!.processes.keys.sorted().map { (name, $0) } }
        guard !all.isEmpty else { return }
        let (name, attempt) = random.pick(all)
        guard !agents[name]!.silent else { return }
        let isLeader = agents[name]!.processes[attempt]!.rank == 0
        if agents[name]!.processes[attempt]!.goal != .run {
            if isLeader, random.chance(0.6) { checkpoint(name, attempt, objective: nil) }
            return finish(name, attempt, random.chance(0.8) ? .interrupted : random.pick([.killed, .failed, .exited]))
        }
        now = now.advanced(bySeconds: Double.random(in: 0..<1, using: &random))
        guard isLeader else {
            if random.chance(0.1) { finish(name, attempt, random.pick([.exited, .failed, .interrupted, .killed])) }
            return
        }
        switch Int.random(in: 0..<20, using: &random) {
        case 0: finish(name, attempt, random.pick([.exited, .failed, .interrupted, .killed]))
        case 1: checkpoint(name, attempt, objective: nil)
        default: report(name, attempt)
        }
    }

    mutating func report(_ name: AgentID, _ attempt: AttemptID) {
        var process = agents[name]!.processes[attempt]!
        process.sequence += 1
        process.step += random.chance(0.9) ? 1 : 0
        process.elapsed += Double.random(in: 0.1..<2, using: &random)
        agents[name]!.processes[attempt] = process
        let value = random.chance(0.03) ? Double.nan : (Double.random(in: 0..<1, using: &random) * 8).rounded() / 8
        var metrics: [String: MetricValue] = ["loss": 1.0]
        let isPartial = random.chance(0.15)
        if !random.chance(isPartial ? 0.5 : 0.02) { metrics["m"] = MetricValue(value) }
        let report = TrialReport(
            attempt: attempt, sequence: process.sequence, step: process.step, metrics: metrics,
            elapsedSeconds: process.elapsed, setupSeconds: process.sequence == 1 && random.chance(0.5) ? 0.05 : nil,
            isPartial: isPartial ? true : nil)
        if random.chance(0.8), value.isFinite { checkpoint(name, attempt, objective: value) }
        let batch = ReportBatch(session: "", reports: [report], ended: [])
        round(.reported(name, batch))
        if random.chance(0.1) {
            let again = state
            round(.reported(name, batch))
            var after = state
            // A repeated report may only renew nothing at all: sweeps, trials and decisions stay as they are.
            after.pending = again.pending
            #expect(after.trials == again.trials, "a duplicate report changed a trial")
        }
    }

    mutating func checkpoint(_ name: AgentID, _ attempt: AttemptID, objective: Double?) {
        let info = CheckpointInfo(
            sha256: "\(random.next())", size: 1, step: agents[name]!.processes[attempt]!.step, attempt: attempt,
            objective: objective.map { MetricValue($0) })
        round(.checkpointStored(info))
    }

    mutating func finish(_ name: AgentID, _ attempt: AttemptID, _ outcome: AttemptOutcome) {
        let process = agents[name]!.processes[attempt]!
        let ended = AttemptEnded(
            attempt: attempt, outcome: outcome, exitCode: outcome == .failed ? 1 : nil, message: "x",
            elapsedSeconds: process.elapsed, stopSeconds: process.goal == .run ? nil : 0.5)
        let batch = ReportBatch(session: "", reports: [], ended: [ended])
        round(.reported(name, batch))
        if random.chance(0.2) { round(.reported(name, batch)) }
    }

    /// An attempt from the past, or one that never was, speaks up.
    mutating func staleReport() {
        guard let trial = state.trials.keys.sorted().last, !agents.isEmpty else { return }
        let number = state.trials[trial]!.attempt - 1
        let attempt = AttemptID(trial: trial, number: random.chance(0.8) ? number : number + 5)
        let before = state.trials
        let report = TrialReport(
            attempt: attempt, sequence: 1, step: 1, metrics: ["m": 1e9], elapsedSeconds: 1)
        guard state.leasesByTrial[trial]?.attempt != attempt else { return }
        round(.reported(random.pick(agentNames), ReportBatch(session: "", reports: [report], ended: [])))
        let unmoved = before.keys.allSatisfy { state.trials[$0]?.bestScore == before[$0]!.bestScore }
        #expect(unmoved, "a stale report moved a ranking")
    }
}
