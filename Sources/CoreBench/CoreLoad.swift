import HyperSchedProtocol
import Scheduler

/// One sweep on many simulated agents, driven event by event: each event is one round of the daemon's control loop
/// (apply, plan, take the changes, ask for the next alarm), timed alone.
struct CoreLoad {
    /// What one round cost, by what it was about.
    enum Kind: String, CaseIterable { case report, stop, end, sync }

    private struct Process {
        var attempt: AttemptID
        let agent: AgentID
        var step: Int
        var sequence: Int64 = 0
        /// Seconds of training: one for each step.
        var elapsed = 0.0
    }

    private(set) var state = ClusterState(
        settings: ClusterSettings(leaseSeconds: 1e9, minimumStopReserveSeconds: 0))
    private(set) var decisions = 0
    private(set) var stopped = 0
    let sweep = SweepID(1)
    private let spec: SweepSpec
    private let curves: LoadCurves
    private let agents: [AgentID]
    private let slotsPerAgent: Int
    /// As the control loop does: the value from before a round is kept until the round is durable.
    private let keepsOldValue: Bool
    private var now = Timestamp(milliseconds: 1_700_000_000_000)
    private var processes: [Process] = []
    private var places: [TrialID: Int] = [:]
    private var ending: [AttemptID] = []
    /// A place whose process is gone.
    private var vacant: Int?
    private var draws: UInt64 = 0

    init(_ spec: SweepSpec, agents: Int, slotsPerAgent: Int, keepsOldValue: Bool) {
        self.spec = spec
        self.slotsPerAgent = slotsPerAgent
        self.keepsOldValue = keepsOldValue
        curves = LoadCurves(seed: spec.seed)
        self.agents = (0..<agents).map { AgentID("node\($0)") }
        for agent in self.agents { _ = state.apply(sync(agent), at: now) }
        _ = state.apply(.sweepSubmitted(sweep, spec), at: now)
        state.plan(at: now)
        take(state.takeChanges())
    }

    /// Simulated time from one round to the next.
    static let roundSeconds = 0.01

    static var start: Timestamp { Timestamp(milliseconds: 1_700_000_000_000) }

    var running: Int { processes.count }
    var paused: Int { state.trialCounts(of: sweep)[.paused] ?? 0 }

    // MARK: Rounds

    /// A random running trial reports its next step; if it was told to stop, its end follows as a round of its own.
    /// - Parameter record: is told the kind of each round and its nanoseconds.
    mutating func reportRandom(_ record: (Kind, UInt64) -> Void) {
        draws += 1
        reportOne(at: curves.pick(processes.count, draw: draws), record)
    }

    /// The running trial at this place reports: 0 is the one that was started first, while none ends.
    mutating func reportOne(at place: Int, _ record: (Kind, UInt64) -> Void) {
        now = now.advanced(bySeconds: Self.roundSeconds)
        processes[place].step += 1
        processes[place].elapsed += 1
        processes[place].sequence += 1
        let process = processes[place]
        let nanoseconds = round([checkpoint(process), .reported(process.agent, batch([report(process)]))])
        record(ending.isEmpty ? .report : .stop, nanoseconds)
        while let attempt = ending.popLast() { record(.end, end(attempt)) }
    }

    mutating func syncOne(_ record: (Kind, UInt64) -> Void) {
        draws += 1
        record(.sync, round([sync(agents[curves.pick(agents.count, draw: draws)])]))
    }

    /// Brings every running trial to a random step below the last one, one batch per agent, untimed.
    mutating func scatter() {
        var batches: [AgentID: [TrialReport]] = [:]
        for place in processes.indices {
            draws += 1
            let steps = 1 + curves.pick(max(1, spec.steps.max - 2), draw: draws)
            processes[place].step += steps
            processes[place].elapsed += Double(steps)
            processes[place].sequence += 1
            _ = state.apply(checkpoint(processes[place]), at: now)
            batches[processes[place].agent, default: []].append(report(processes[place]))
        }
        for agent in agents {
            now = now.advanced(bySeconds: Self.roundSeconds)
            _ = state.apply(.reported(agent, batch(batches[agent] ?? [])), at: now)
        }
        state.plan(at: now)
        take(state.takeChanges())
        while let attempt = ending.popLast() { _ = end(attempt) }
    }

    private mutating func end(_ attempt: AttemptID) -> UInt64 {
        guard let place = places[attempt.trial] else { return 0 }
        let process = processes[place]
        places[attempt.trial] = nil
        vacant = place
        defer { compact() }
        stopped += 1
        let ended = AttemptEnded(
            attempt: attempt, outcome: .interrupted, elapsedSeconds: process.elapsed, stopSeconds: 0)
        return round([.reported(process.agent, ReportBatch(session: "s", reports: [], ended: [ended]))])
    }

    /// One round of the control loop. Returns the nanoseconds of processor time that it took.
    private mutating func round(_ events: [ClusterEvent]) -> UInt64 {
        let began = ProcessorTime.nanoseconds()
        let old = keepsOldValue ? state : nil
        for event in events { _ = state.apply(event, at: now) }
        state.plan(at: now)
        let changes = state.takeChanges()
        let next = state.nextWakeUp(after: now)
        let took = ProcessorTime.nanoseconds() - began
        precondition(next != nil && (old == nil || old!.settings == state.settings))
        decisions += 1
        take(changes)
        return took
    }

    // MARK: The simulated side

    private mutating func take(_ changes: ClusterChanges) {
        for lease in changes.leases {
            let trial = lease.attempt.trial
            if let place = places[trial], processes[place].attempt == lease.attempt {
                if lease.goal != .run { ending.append(lease.attempt) }
            } else if lease.goal == .run {
                add(Process(attempt: lease.attempt, agent: lease.agent, step: lease.resumeFrom?.step ?? 0))
            }
        }
    }

    /// What starts takes the place of what has just ended, so that a round-robin over the places is one over workers.
    private mutating func add(_ process: Process) {
        if let place = vacant {
            processes[place] = process
            places[process.attempt.trial] = place
            vacant = nil
        } else {
            places[process.attempt.trial] = processes.count
            processes.append(process)
        }
    }

    private mutating func compact() {
        guard let place = vacant else { return }
        vacant = nil
        let last = processes.removeLast()
        guard place < processes.count else { return }
        processes[place] = last
        places[last.attempt.trial] = place
    }

    private func report(_ process: Process) -> TrialReport {
        TrialReport(
            attempt: process.attempt, sequence: process.sequence, step: process.step,
            metrics: [spec.metric.name: MetricValue(curves.value(of: process.attempt.trial, at: process.step))],
            elapsedSeconds: process.elapsed, setupSeconds: process.sequence == 1 ? 0.1 : nil)
    }

    private func checkpoint(_ process: Process) -> ClusterEvent {
        .checkpointStored(CheckpointInfo(sha256: "", size: 0, step: process.step, attempt: process.attempt))
    }

    private func batch(_ reports: [TrialReport]) -> ReportBatch {
        ReportBatch(session: "s", reports: reports, ended: [])
    }

    private func sync(_ agent: AgentID) -> ClusterEvent {
        .agentSynced(
            agent,
            AgentSync(
                session: "s", slots: (0..<slotsPerAgent).map { Slot(index: $0, kind: .cpu) }, labels: [:],
                attempts: state.leases(on: agent).map(\.attempt), seenVersion: state.desiredVersion(of: agent) ?? 0,
                waitSeconds: 0, version: "1"))
    }
}
