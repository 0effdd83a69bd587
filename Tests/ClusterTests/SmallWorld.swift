import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Every state that a small sweep can get into: all interleavings of reports (from a few values), failures, the loss
/// of an agent's processes, and time running out. States that differ in nothing count as one, so this ends.
///
/// The clock stands still between three instants, or orders of the same events would never meet in one state.
struct SmallWorld {
    /// One state of the world, and what leads on from it.
    struct Place {
        var cluster: FaultyCluster
        /// Index into ``instants``.
        var instant = 0
        var losses = 0
    }

    enum Event {
        case report(LeaseRecord, Double)
        /// The process of an attempt ends as it was told to, or crashes.
        case ended(LeaseRecord, AttemptOutcome)
        /// The agent is restarted and knows nothing of its attempts.
        case agentForgets(AgentID)
        case timePasses
    }

    /// What two places must have in common to be the same one. The order in which timings came is left out: no
    /// decision depends on it.
    private struct Key: Hashable {
        let sweep: SweepRecord
        let trials: [TrialRecord]
        let leases: [[String]]
        let agents: [AgentRecord]
        let instant: Int
    }

    let policy: PolicySpec
    var agents = [2]
    var trials = 3
    var steps = 2
    var values = [0.25, 0.75]
    /// Processes may crash.
    var fails = true
    /// Times that an agent may forget its attempts.
    var losses = 0
    /// Seconds from the start at which the clock may stand: training, the time to stop, the deadline.
    var instants = [0.0, 97, 100]
    /// More states than this are too many for a test.
    var limit = 5000

    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// What was found.
    struct Survey {
        var places = 0
        var events = 0
        var ends: [SweepState: Int] = [:]
        var isComplete = true
    }

    /// Visits every place once and checks it.
    func explore() -> Survey {
        var survey = Survey()
        var seen: Set<Key> = []
        var open = [begin()]
        seen.insert(key(open[0]))
        while let place = open.popLast() {
            survey.places += 1
            check(place)
            let state = place.cluster.state.sweep(SweepID(1))!.state
            if state.isTerminal { survey.ends[state, default: 0] += 1 }
            guard !place.cluster.broken else { return survey }
            for event in events(at: place) {
                survey.events += 1
                let next = follow(event, from: place)
                if seen.insert(key(next)).inserted { open.append(next) }
            }
            guard seen.count <= limit else {
                survey.isComplete = false
                return survey
            }
        }
        return survey
    }

    // MARK: The world

    private func begin() -> Place {
        var cluster = FaultyCluster(seed: 0)
        cluster.state = ClusterState(settings: ClusterSettings(leaseSeconds: 1000))
        cluster.now = Self.start
        for (index, slots) in agents.enumerated() {
            cluster.round(.agentSynced(Self.agent(index), Self.sync(slots: slots, session: 0)))
        }
        let spec = SweepSpec(
            name: "small", program: .command(["x"]), method: .random, metric: Metric(name: "m", goal: .maximize),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: Self.start.advanced(bySeconds: instants.last!), policy: policy,
            steps: StepRange(min: 1, max: steps), limits: SweepLimits(trials: trials), retry: RetryRule(max: 0))
        cluster.round(.sweepSubmitted(SweepID(1), spec))
        return Place(cluster: cluster)
    }

    private static func agent(_ index: Int) -> AgentID { AgentID("n\(index)") }

    private static func sync(slots: Int, session: Int) -> AgentSync {
        AgentSync(
            session: "\(session)", slots: (0..<slots).map { Slot(index: $0, kind: .cpu) }, labels: [:], attempts: [],
            seenVersion: 0, waitSeconds: 0, version: "1")
    }

    private func events(at place: Place) -> [Event] {
        let state = place.cluster.state
        var events: [Event] = []
        for lease in state.leases {
            if lease.goal == .run {
                events += values.map { .report(lease, $0) } + (fails ? [.ended(lease, .failed)] : [])
            } else {
                events += [.ended(lease, .interrupted)]
            }
        }
        guard !state.sweep(SweepID(1))!.state.isTerminal || !state.leases.isEmpty else { return events }
        if place.losses < losses { events += agents.indices.map { .agentForgets(Self.agent($0)) } }
        if place.instant < instants.count - 1 { events.append(.timePasses) }
        return events
    }

    private func follow(_ event: Event, from place: Place) -> Place {
        var next = place
        switch event {
        case .report(let lease, let value):
            let trial = next.cluster.state.trial(lease.attempt.trial)!
            let report = TrialReport(
                attempt: lease.attempt, sequence: trial.lastSequence + 1, step: trial.lastStep + 1,
                metrics: ["m": MetricValue(value)], elapsedSeconds: Double(trial.lastSequence + 1), setupSeconds: 0)
            if value.isFinite {
                next.cluster.round(
                    .checkpointStored(
                        CheckpointInfo(
                            sha256: "\(lease.attempt)", size: 1, step: report.step, attempt: lease.attempt,
                            objective: MetricValue(value))))
            }
            next.cluster.round(.reported(lease.agent, ReportBatch(session: "", reports: [report], ended: [])))
        case .ended(let lease, let outcome):
            let ended = AttemptEnded(
                attempt: lease.attempt, outcome: outcome, exitCode: outcome == .failed ? 1 : nil, message: "x",
                elapsedSeconds: 1, stopSeconds: outcome == .interrupted ? 0.5 : nil)
            next.cluster.round(.reported(lease.agent, ReportBatch(session: "", reports: [], ended: [ended])))
        case .agentForgets(let agent):
            next.losses += 1
            let slots = next.cluster.state.agent(agent)!.slots.count
            next.cluster.round(.agentSynced(agent, Self.sync(slots: slots, session: next.losses)))
        case .timePasses:
            next.instant += 1
            next.cluster.now = Self.start.advanced(bySeconds: instants[next.instant])
            next.cluster.round(.tick)
        }
        return next
    }

    private func key(_ place: Place) -> Key {
        let state = place.cluster.state
        // Counters that only tell how often the agent was told something.
        var agents = state.agents
        for index in agents.indices { agents[index].desiredVersion = 0 }
        return Key(
            sweep: state.sweep(SweepID(1))!, trials: state.trials.values.sorted { $0.id < $1.id },
            leases: state.leases.map(Self.key), agents: agents, instant: place.instant)
    }

    /// All but the agent's counter.
    private static func key(_ lease: LeaseRecord) -> [String] {
        [
            "\(lease.attempt)", "\(lease.agent)", "\(lease.slots)", "\(lease.reserved)", "\(lease.goal)",
            "\(lease.afterStop.map { "\($0)" } ?? "")", "\(lease.startedAt)", "\(lease.stopAt?.milliseconds ?? 0)",
            "\(lease.resumeFrom?.step ?? 0)",
        ]
    }

    // MARK: Checks beyond those of each round

    private func check(_ place: Place) {
        var cluster = place.cluster
        cluster.checkRestored()
        let state = cluster.state
        let sweep = state.sweep(SweepID(1))!
        let trials = state.trials.values.sorted { $0.id < $1.id }
        for trial in trials {
            #expect(trial.lastStep <= steps, "trial \(trial.id) ran beyond the last step: \(cluster.story)")
            #expect(trial.state != .completed || trial.lastStep == steps, "\(cluster.story)")
        }
        if sweep.state.isTerminal {
            #expect(
                sweep.state != .finished || !trials.contains { $0.state == .waiting },
                "a sweep that is finished lets a trial wait: \(cluster.story)")
            #expect(state.leases.allSatisfy { $0.goal != .run }, "a sweep that is over lets a trial run")
        } else {
            checkIdleSlots(state, at: cluster.now)
        }
        if place.instant == instants.count - 1, !state.leases.isEmpty {
            #expect(state.leases.allSatisfy { $0.goal == .kill }, "a process may live on after the deadline")
        }
    }

    /// Free slots that a waiting, paused or new trial could use are free for a reason that is one of the policy's.
    private func checkIdleSlots(_ state: ClusterState, at now: Timestamp) {
        let view = state.view(of: SweepID(1), at: now)
        let wanted = !view.waiting.isEmpty || !view.paused.isEmpty || view.canCreate
        guard now < view.stopBegins, view.largestFree >= view.minSlots, wanted else { return }
        guard case .nothing(let reason) = state.runtimes[SweepID(1)]!.policy.choose(in: view) else {
            Issue.record("\(policy.name) wants free slots and does not get them")
            return
        }
        let known = ["reserved", "admission_closed", "no_time", "exhausted", "population"]
        #expect(known.contains(reason.rule), "\(policy.name) leaves slots free: \(reason.rule): \(reason.text)")
    }
}

extension FaultyCluster {
    /// What was decided, for messages.
    fileprivate var story: String {
        log.suffix(12).map { "\($0.trial?.description ?? "sweep") \($0.kind.rawValue) (\($0.reason.rule))" }
            .joined(separator: ", ")
    }
}
