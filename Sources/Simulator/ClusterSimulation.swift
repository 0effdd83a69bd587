internal import HeapModule
public import HyperSchedProtocol
public import Scheduler

/// Runs sweeps through the real scheduler on a virtual clock: agents, processes and training are simulated, decisions
/// are not. Synchronous and deterministic: equal setups give equal outcomes.
public struct ClusterSimulation {
    struct Event: Comparable {
        enum Kind {
            case submit(Int)
            case agentJoins(Int)
            case agentChanges(Int, SimulatedAgent.Change)
            case leaseRenewal
            case stepDone(AttemptID)
            case crashed(AttemptID)
            case ended(AttemptID)
            case wake
        }

        let at: Int64
        /// Ties are served first in, first out.
        let order: Int
        let kind: Kind

        static func < (a: Event, b: Event) -> Bool { (a.at, a.order) < (b.at, b.order) }
        static func == (a: Event, b: Event) -> Bool { (a.at, a.order) == (b.at, b.order) }
    }

    public internal(set) var state: ClusterState
    /// By sweep, in the order of the setup.
    public internal(set) var outcomes: [SimulationOutcome]
    public internal(set) var now: Timestamp
    let setup: ClusterSimulationSetup
    var processes: [TrialID: SimulatedProcess] = [:]
    /// The index of the run that each trial trains along, where it is not its own.
    var inheritedRuns: [TrialID: Int] = [:]
    /// Slots of the agents that are there.
    var present: [Int: Int] = [:]
    private var events = Heap<Event>()
    private var order = 0
    private var wakeAt: Timestamp?
    private var toSubmit: Int

    public init(_ setup: ClusterSimulationSetup) {
        self.setup = setup
        now = setup.start
        state = ClusterState(settings: setup.settings)
        outcomes = setup.sweeps.map { _ in SimulationOutcome() }
        toSubmit = setup.sweeps.count
        begin()
    }

    /// Runs until every sweep is over.
    public static func run(_ setup: ClusterSimulationSetup) -> [SimulationOutcome] {
        var simulation = ClusterSimulation(setup)
        while simulation.step() {}
        return simulation.outcomes
    }

    /// Handles the next event. false: every sweep is over.
    public mutating func step() -> Bool {
        let isOver = toSubmit == 0 && processes.isEmpty && outcomes.allSatisfy(\.state.isTerminal)
        guard !isOver, let event = events.popMin() else {
            for sweep in outcomes.indices { outcomes[sweep].utilization = utilization(of: sweep) }
            return false
        }
        now = Timestamp(milliseconds: event.at)
        handle(event.kind)
        decide()
        return true
    }

    static func agentID(_ index: Int) -> AgentID { AgentID("agent\(index)") }
    static func sweepID(_ index: Int) -> SweepID { SweepID(Int64(index) + 1) }
    func index(of sweep: SweepID) -> Int { Int(sweep.rawValue) - 1 }
    func seconds(_ instant: Timestamp) -> Double { instant.seconds(since: setup.start) }

    mutating func schedule(_ kind: Event.Kind, at instant: Timestamp) {
        order += 1
        events.insert(Event(at: instant.milliseconds, order: order, kind: kind))
    }

    // MARK: The course of events

    private mutating func begin() {
        for (index, agent) in setup.agents.enumerated() {
            at(agent.joins, .agentJoins(index))
            for event in agent.allEvents { at(event.seconds, .agentChanges(index, event.change)) }
        }
        for (index, sweep) in setup.sweeps.enumerated() { at(sweep.submits, .submit(index)) }
        if setup.settings.leaseSeconds < 1e9 { at(setup.settings.leaseSeconds / 3, .leaseRenewal) }
        // What happens at the start happens before the first decision.
        while let event = events.min, event.at == setup.start.milliseconds { handle(events.removeMin().kind) }
        decide()
    }

    private mutating func at(_ seconds: Double, _ kind: Event.Kind) {
        schedule(kind, at: setup.start.advanced(bySeconds: seconds))
    }

    private mutating func handle(_ kind: Event.Kind) {
        switch kind {
        case .submit(let sweep):
            toSubmit -= 1
            _ = state.apply(.sweepSubmitted(Self.sweepID(sweep), setup.sweeps[sweep].spec), at: now)
        case .agentJoins(let agent):
            present[agent] = setup.agents[agent].slots
            sync(agent)
        case .agentChanges(let agent, let change): changed(agent, change)
        case .leaseRenewal:
            for agent in present.keys.sorted() { sync(agent) }
            schedule(.leaseRenewal, at: now.advanced(bySeconds: setup.settings.leaseSeconds / 3))
        case .stepDone(let attempt): stepDone(attempt)
        case .crashed(let attempt): crashed(attempt)
        case .ended(let attempt): ended(attempt)
        case .wake: wakeAt = nil
        }
    }

    private mutating func decide() {
        state.plan(at: now)
        let changes = state.takeChanges()
        for decision in changes.decisions { outcomes[index(of: decision.sweep)].decisions.append(decision) }
        for forecast in changes.forecasts { outcomes[index(of: forecast.sweep)].forecasts.append(forecast) }
        for outcome in changes.outcomes { outcomes[index(of: outcome.sweep)].ends.append(outcome) }
        for attempt in changes.endedAttempts { account(attempt) }
        for lease in changes.leases { carryOut(lease) }
        for sweep in outcomes.indices { noteState(of: sweep) }
        guard let next = state.nextWakeUp(after: now), wakeAt.map({ next < $0 }) ?? true else { return }
        wakeAt = next
        schedule(.wake, at: next)
    }

    private mutating func noteState(of sweep: Int) {
        guard !outcomes[sweep].state.isTerminal, let record = state.sweep(Self.sweepID(sweep)) else { return }
        outcomes[sweep].state = record.state
        if record.state.isTerminal { outcomes[sweep].endedSeconds = seconds(now) }
    }

    private mutating func account(_ attempt: AttemptRecord) {
        let sweep = index(of: state.trial(attempt.attempt.trial)!.sweep)
        outcomes[sweep].attempts.append(attempt)
        outcomes[sweep].heldSlotSeconds +=
            attempt.endedAt!.seconds(since: attempt.startedAt) * Double(attempt.slots.count)
    }

    private func utilization(of sweep: Int) -> Double {
        let end = seconds(setup.sweeps[sweep].spec.deadline)
        let offered = setup.agents.reduce(0) { $0 + $1.capacity(from: setup.sweeps[sweep].submits, to: end) }
        return offered > 0 ? outcomes[sweep].heldSlotSeconds / offered : 0
    }
}
