public import HyperSchedProtocol
import Scheduler
import Simulator

/// A sweep that a daemon has carried out, turned into a table of curves: what would have happened with another
/// deadline, other slots, another policy?
public struct RecordedSweep: Sendable {
    /// What the daemon knows of one trial.
    public struct Trial: Sendable {
        public let id: TrialID
        public let state: TrialState
        /// In the order of arrival.
        public let curve: [CurvePoint]

        public init(id: TrialID, state: TrialState, curve: [CurvePoint]) {
            self.id = id
            self.state = state
            self.curve = curve
        }
    }

    /// Ordered by trial number: the order in which they were drawn.
    public let table: CurveTable
    /// Slots of each agent that took part.
    public let agents: [Int]
    /// Seconds from its submission to its deadline.
    public let deadlineSeconds: Double
    /// Measured where trials ran on several sizes; nil: none did.
    public let scaling: NamedScaling?
    /// Median seconds from the start of a process to its first step.
    public let startupSeconds: Double
    /// r in rows of the table.
    public let minStep: Int
    /// Steps of the sweep in one row of the table: the usual distance of reports.
    public let stepsPerRow: Int
    public let best: Double?
    public let slots: SlotRequest
    public let metricName: String
    /// Recorded rows of each run; what follows was made up.
    public let recordedRows: [Int]
    public let notes: [String]

    public init(
        _ sweep: SweepSummary, trials: [Trial], attempts: [AttemptRecord], extension method: CurveExtension
    ) throws(ReplayError) {
        let spec = sweep.spec
        let reader = RecordedCurves(spec: spec, attempts: attempts, trials: trials)
        let seen = trials.sorted { $0.id < $1.id }.filter { !reader.rows(of: $0.id).isEmpty || $0.state.isHopeless }
        guard seen.contains(where: { !reader.rows(of: $0.id).isEmpty }) else {
            throw ReplayError(
                "no trial of sweep \(sweep.id) has reported \(spec.metric.name)", fix: "name a sweep that has results")
        }
        let last = max(1, spec.steps.max / reader.stepsPerRow)
        var runs: [SimulatedTrial] = []
        var (held, fitted) = (0, 0)
        for trial in seen {
            let (run, how) = reader.run(of: trial, to: last, method)
            runs.append(run)
            if how == .held { held += 1 }
            if how == .fitted { fitted += 1 }
        }
        table = CurveTable(
            name: sweep.name, goal: spec.metric.goal, runs: runs, configurations: seen.map { $0.id.description },
            isOrdered: true)
        agents = Self.agents(attempts)
        deadlineSeconds = spec.deadline.seconds(since: sweep.createdAt)
        scaling = reader.scaling.map { NamedScaling(name: "as recorded", model: $0) }
        startupSeconds = reader.startupSeconds
        minStep = max(1, spec.steps.min / reader.stepsPerRow)
        stepsPerRow = reader.stepsPerRow
        best = sweep.best?.objective
        slots = spec.slots
        metricName = spec.metric.name
        recordedRows = seen.map { reader.rows(of: $0.id).count }
        notes =
            Self.notes(
                trials: trials.count, used: seen.count, held: held, fitted: fitted, method, scaling: scaling != nil,
                sizes: reader.sizes)
            + (spec.policy.name == "pbt"
                ? ["trials that went on from another one's checkpoint are replayed as if they had begun there"] : [])
    }

    /// The most slots that were seen on each agent.
    private static func agents(_ attempts: [AttemptRecord]) -> [Int] {
        var slots: [AgentID: Set<Int>] = [:]
        for attempt in attempts { slots[attempt.agent, default: []].formUnion(attempt.slots) }
        return slots.keys.sorted().map { slots[$0]!.count }
    }

    private static func notes(
        trials: Int, used: Int, held: Int, fitted: Int, _ method: CurveExtension, scaling: Bool, sizes: [Int]
    ) -> [String] {
        var notes: [String] = []
        if used < trials { notes.append("\(trials - used) trials without a report are left out") }
        if held + fitted > 0 {
            let how =
                method == .hold
                ? "their last values"
                : "a fitted power law (\(fitted)) or, with few points or no rise, their last values (\(held))"
            notes.append("\(held + fitted) of \(used) curves were cut off and go on with \(how)")
        }
        if !scaling {
            let size = sizes.first.map { "\($0) slot\($0 == 1 ? "" : "s")" } ?? "one size"
            notes.append("every trial ran on \(size), so the speed on other sizes is an assumption (--scaling)")
        }
        return notes
    }
}

extension TrialState {
    /// It ended without a result of its own, and would again.
    var isHopeless: Bool { self == .failed || self == .noMetric || self == .diverged }
}
