import HyperSchedProtocol
import Scheduler

/// Makes commits that a scheduler might make, with a taste for awkward ones.
struct RandomHistory {
    var random: SeededGenerator
    private var sweeps: [SweepRecord] = []
    private var trials: [TrialRecord] = []
    private var leases: [TrialID: LeaseRecord] = [:]
    private var sequences: [AttemptID: Int64] = [:]
    private var now = Samples.start

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> ClusterChanges {
        now = now.advanced(bySeconds: 1)
        var changes = ClusterChanges()
        if sweeps.isEmpty || random.chance(0.1) { addSweep(to: &changes) }
        if trials.isEmpty || random.chance(0.5) { addTrial(to: &changes) }
        for _ in 0..<Int.random(in: 0...5, using: &random) { work(on: random.pick(Array(trials.indices)), &changes) }
        if random.chance(0.3) { changes.decisions.append(Samples.decision("d\(now.milliseconds)", trial: nil)) }
        if random.chance(0.3) { changes.forecasts.append(forecast()) }
        if random.chance(0.1) { changes.outcomes.append(outcome()) }
        changes.leases = changes.leases.filter { leases[$0.attempt.trial] == $0 }
        return changes
    }

    private mutating func forecast() -> ForecastRecord {
        let id = random.pick(sweeps).id.rawValue
        var record = random.pick([
            Samples.forecast(id), Samples.forecastOfTarget(id), Samples.missingForecast(id),
        ])
        record.at = now
        return record
    }

    private mutating func outcome() -> SweepOutcome {
        Samples.outcome(
            random.pick(sweeps).id.rawValue, seconds: random.pick([3600, 7200]),
            state: random.pick([.finished, .deadlineReached, .cancelled]),
            best: random.chance(0.5) ? nil : Double.random(in: 0..<1, using: &random))
    }

    private mutating func addSweep(to changes: inout ClusterChanges) {
        let sweep = SweepRecord(id: SweepID(Int64(sweeps.count) + 1), spec: Samples.spec(), createdAt: now)
        sweeps.append(sweep)
        changes.sweeps.append(sweep)
        changes.agents.append(Samples.agent("node\(sweeps.count % 2)"))
        if sweeps.count == 1 { changes.agents.append(Samples.agent("node0")) }
    }

    private mutating func addTrial(to changes: inout ClusterChanges) {
        let id = TrialID(Int64(trials.count) + 1)
        let value: ParameterValue = random.chance(0.5) ? .real(Double(Int.random(in: 0..<5, using: &random))) : .int(3)
        let trial = TrialRecord(
            id: id, sweep: random.pick(sweeps).id, index: trials.count,
            configuration: HyperSchedProtocol.Configuration([(name: "x", value: value)]), seed: random.next(),
            createdAt: now)
        trials.append(trial)
        changes.trials.append(trial)
    }

    private mutating func work(on index: Int, _ changes: inout ClusterChanges) {
        if leases[trials[index].id] == nil {
            start(index, &changes)
        } else if random.chance(0.3) {
            end(index, &changes)
        } else {
            report(index, &changes)
        }
        changes.trials.removeAll { $0.id == trials[index].id }
        changes.trials.append(trials[index])
    }

    private mutating func start(_ index: Int, _ changes: inout ClusterChanges) {
        let taken = Set(leases.values.filter { $0.agent == AgentID("node1") }.flatMap(\.slots))
        guard let slot = (0..<8).first(where: { !taken.contains($0) }) else { return }
        trials[index].attempt += 1
        trials[index].state = .running
        let attempt = AttemptID(trial: trials[index].id, number: trials[index].attempt)
        let lease = LeaseRecord(
            attempt: attempt, sweep: trials[index].sweep, agent: AgentID("node1"), slots: [slot], startedAt: now,
            resumeFrom: nil, assignedVersion: 1)
        leases[attempt.trial] = lease
        changes.leases.append(lease)
        changes.decisions.append(
            Decision(
                at: now, sweep: trials[index].sweep, trial: attempt.trial, kind: .start,
                reason: Reason(rule: "r", text: "start \(attempt)")))
    }

    private mutating func end(_ index: Int, _ changes: inout ClusterChanges) {
        let lease = leases.removeValue(forKey: trials[index].id)!
        trials[index].state = random.pick([.waiting, .paused, .completed, .failed])
        changes.endedAttempts.append(
            AttemptRecord(
                attempt: lease.attempt, agent: lease.agent, slots: lease.slots, startedAt: lease.startedAt,
                endedAt: now,
                outcome: random.pick(AttemptOutcome.allCases), exitCode: random.chance(0.5) ? 1 : nil))
    }

    private mutating func report(_ index: Int, _ changes: inout ClusterChanges) {
        let attempt = leases[trials[index].id]!.attempt
        // Now and then the same report again.
        if !random.chance(0.1) || sequences[attempt] == nil { sequences[attempt, default: 0] += 1 }
        let score = random.pick([0.25, 0.5, Double.random(in: 0..<1, using: &random), -.infinity])
        trials[index].lastStep += 1
        trials[index].bestScore = max(trials[index].bestScore ?? -.infinity, score)
        changes.reports.append(
            Samples.report(
                trial: attempt.trial.rawValue, attempt: attempt.number, sequence: sequences[attempt]!,
                step: trials[index].lastStep, score: score, stale: random.chance(0.1), at: now))
    }
}
