internal import HeapModule
public import HyperSchedProtocol
public import Scheduler

/// Runs one sweep through the real scheduler on a virtual clock: agents, processes and training are simulated,
/// decisions are not. Synchronous and deterministic: equal setups give equal outcomes.
public struct SweepSimulation {
    private struct Event: Comparable {
        enum Kind { case stepDone, ended, wake }

        let at: Int64
        /// Ties are served first in, first out.
        let order: Int
        let kind: Kind
        let attempt: AttemptID?

        static func < (a: Event, b: Event) -> Bool { (a.at, a.order) < (b.at, b.order) }
        static func == (a: Event, b: Event) -> Bool { (a.at, a.order) == (b.at, b.order) }
    }

    private struct Process {
        let lease: LeaseRecord
        let run: SimulatedTrial
        /// Completed steps.
        var step: Int
        var sequence: Int64 = 0
        var stepBegan: Timestamp
        var stopping = false
        var outcome: AttemptOutcome = .interrupted
    }

    public private(set) var state: ClusterState
    public private(set) var outcome = SimulationOutcome()
    private let setup: SimulationSetup
    private let sweep = SweepID(1)
    public private(set) var now: Timestamp
    private var events = Heap<Event>()
    private var processes: [TrialID: Process] = [:]
    private var order = 0
    private var wakeAt: Timestamp?

    public init(_ setup: SimulationSetup) {
        self.setup = setup
        now = setup.start
        // Agents never fall silent here, so their leases need no renewal.
        state = ClusterState(settings: ClusterSettings(leaseSeconds: 1e9, minimumStopReserveSeconds: setup.stopSeconds))
        for (index, slots) in setup.agentSlots.enumerated() {
            let sync = AgentSync(
                session: "simulated", slots: (0..<slots).map { Slot(index: $0, kind: setup.spec.slots.kind) },
                labels: setup.spec.slots.labels, attempts: [], seenVersion: 0, waitSeconds: 0, version: "")
            _ = state.apply(.agentSynced(AgentID("agent\(index)"), sync), at: now)
        }
        _ = state.apply(.sweepSubmitted(sweep, setup.spec), at: now)
        decide()
    }

    /// Runs to the end of the sweep.
    public static func run(_ setup: SimulationSetup) -> SimulationOutcome {
        var simulation = SweepSimulation(setup)
        while simulation.step() {}
        return simulation.outcome
    }

    /// Handles the next event. false: the sweep is over.
    public mutating func step() -> Bool {
        guard outcome.state.isTerminal == false || !processes.isEmpty, let event = events.popMin() else {
            return finish()
        }
        now = Timestamp(milliseconds: event.at)
        switch event.kind {
        case .wake: wakeAt = nil
        case .stepDone: stepDone(event.attempt!)
        case .ended: ended(event.attempt!)
        }
        decide()
        return true
    }

    // MARK: The scheduler

    private mutating func decide() {
        state.plan(at: now)
        let changes = state.takeChanges()
        outcome.decisions += changes.decisions
        outcome.forecasts += changes.forecasts
        outcome.ends += changes.outcomes
        outcome.attempts += changes.endedAttempts
        for attempt in changes.endedAttempts { account(attempt) }
        for lease in changes.leases { carryOut(lease) }
        outcome.state = state.sweep(sweep)!.state
        if outcome.state.isTerminal, outcome.endedSeconds == 0 {
            outcome.endedSeconds = now.seconds(since: setup.start)
        }
        guard let next = state.nextWakeUp(after: now), wakeAt.map({ next < $0 }) ?? true else { return }
        wakeAt = next
        schedule(.wake, at: next, nil)
    }

    private mutating func schedule(_ kind: Event.Kind, at instant: Timestamp, _ attempt: AttemptID?) {
        order += 1
        events.insert(Event(at: instant.milliseconds, order: order, kind: kind, attempt: attempt))
    }

    private mutating func account(_ attempt: AttemptRecord) {
        let seconds = attempt.endedAt!.seconds(since: attempt.startedAt)
        outcome.heldSlotSeconds += seconds * Double(attempt.slots.count)
    }

    private mutating func finish() -> Bool {
        let slots = Double(setup.agentSlots.reduce(0, +))
        outcome.utilization = slots > 0 && setup.duration > 0 ? outcome.heldSlotSeconds / (slots * setup.duration) : 0
        return false
    }

    // MARK: Processes

    private mutating func carryOut(_ lease: LeaseRecord) {
        let id = lease.attempt.trial
        guard let process = processes[id], process.lease.attempt == lease.attempt else {
            if lease.goal == .run { launch(lease) }
            return
        }
        guard lease.goal != .run, !process.stopping else { return }
        processes[id]!.stopping = true
        schedule(.ended, at: lease.goal == .kill ? now : now.advanced(bySeconds: setup.stopSeconds), lease.attempt)
    }

    private mutating func launch(_ lease: LeaseRecord) {
        if lease.attempt.number == 1 { outcome.trialsStarted += 1 } else { outcome.restarts += 1 }
        let trial = state.trial(lease.attempt.trial)!
        let ready = now.advanced(bySeconds: setup.startupSeconds)
        processes[trial.id] = Process(
            lease: lease, run: setup.trial(trial.index), step: lease.resumeFrom?.step ?? 0, stepBegan: ready)
        scheduleStep(of: trial.id)
    }

    private mutating func scheduleStep(of id: TrialID) {
        let process = processes[id]!
        guard process.step < process.run.stepSeconds.count else {
            // The recorded run has no further step: the program ends by itself.
            processes[id]!.stopping = true
            processes[id]!.outcome = process.run.fails ? .failed : .exited
            schedule(.ended, at: process.stepBegan, process.lease.attempt)
            return
        }
        let seconds = process.run.stepSeconds[process.step] / setup.throughput.speed(slots: process.lease.slots.count)
        schedule(.stepDone, at: process.stepBegan.advanced(bySeconds: seconds), process.lease.attempt)
    }

    private mutating func stepDone(_ attempt: AttemptID) {
        guard var process = processes[attempt.trial], process.lease.attempt == attempt, !process.stopping else {
            return
        }
        let objective = process.run.objective[process.step]
        outcome.trainingSlotSeconds += now.seconds(since: process.stepBegan) * Double(process.lease.slots.count)
        process.step += 1
        process.sequence += 1
        process.stepBegan = now
        processes[attempt.trial] = process
        let report = TrialReport(
            attempt: attempt, sequence: process.sequence, step: process.step,
            metrics: [setup.spec.metric.name: MetricValue(objective)],
            elapsedSeconds: now.seconds(since: process.lease.startedAt),
            setupSeconds: process.sequence == 1 ? setup.startupSeconds : nil)
        // Durable before the report, as with a real agent that uploads while the next step runs.
        let checkpoint = CheckpointInfo(
            sha256: "", size: 0, step: process.step, attempt: attempt, objective: MetricValue(objective))
        _ = state.apply(.checkpointStored(checkpoint), at: now)
        _ = state.apply(
            .reported(process.lease.agent, ReportBatch(session: "simulated", reports: [report], ended: [])), at: now)
        noteImprovement(of: attempt.trial)
        if state.lease(of: attempt.trial)?.goal == .run { scheduleStep(of: attempt.trial) }
    }

    private mutating func noteImprovement(of id: TrialID) {
        guard let score = state.trial(id)!.bestScore else { return }
        let metric = setup.spec.metric
        if let best = outcome.best, metric.score(of: best) >= score { return }
        outcome.improvements.append(
            .init(seconds: now.seconds(since: setup.start), objective: metric.value(ofScore: score), trial: id))
    }

    private mutating func ended(_ attempt: AttemptID) {
        guard let process = processes[attempt.trial], process.lease.attempt == attempt else { return }
        processes[attempt.trial] = nil
        let ended = AttemptEnded(
            attempt: attempt, outcome: process.outcome, message: "",
            elapsedSeconds: now.seconds(since: process.lease.startedAt), stopSeconds: setup.stopSeconds)
        let batch = ReportBatch(session: "simulated", reports: [], ended: [ended])
        _ = state.apply(.reported(process.lease.agent, batch), at: now)
    }
}
