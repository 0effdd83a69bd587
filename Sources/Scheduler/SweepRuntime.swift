internal import HyperSchedProtocol

/// A sweep while the daemon runs: its record, its policy and the indices that make each question cheap.
struct SweepRuntime: Equatable, Sendable {
    /// An instant at which a running trial may break a limit.
    struct Alarm: Comparable, Sendable {
        let at: Timestamp
        let trial: TrialID

        static func < (a: Self, b: Self) -> Bool { (a.at, a.trial) < (b.at, b.trial) }
    }

    private struct Fields: Equatable, Sendable {
        var record: SweepRecord
        var policy: AnyPolicy
        var sampler: ConfigurationSampler
        var proposals: TreeMap<String, TrialID> = [:]
        var observations = ObservationLog()
        var observer: SweepForecaster?
        var waiting: SortedList<TrialID> = []
        var paused: SortedList<TrialID> = []
        var running: SortedList<TrialID> = []
        var counts: [TrialState: Int] = [:]
        var scoredTrials = 0
        var bestScore: Double?
        var incumbent: TrialID?
        var active: SortedList<TrialID> = []
        var ranking: SortedList<TrialRank> = []
        var stoppable: SortedList<TrialID> = []
        var alarms: SortedList<Alarm> = []
        var heldSlots = 0
        var usableHeldSlots = 0
        var committedSlots = 0
        var leaving: SortedList<TrialID> = []
        var starts: SortedList<Alarm> = []
        var heldStarts: Int64 = 0
    }

    /// Boxed, because it is looked at many times in each round.
    private var fields: CopyOnWrite<Fields>

    var record: SweepRecord {
        get { fields.value.record }
        _modify { yield &fields.value.record }
    }
    var policy: AnyPolicy {
        get { fields.value.policy }
        _modify { yield &fields.value.policy }
    }
    var sampler: ConfigurationSampler {
        get { fields.value.sampler }
        _modify { yield &fields.value.sampler }
    }
    /// Trials by the key with which they were proposed from outside; for look-up only, never iterated.
    var proposals: TreeMap<String, TrialID> {
        get { fields.value.proposals }
        _modify { yield &fields.value.proposals }
    }
    /// Only of method `external`.
    var observations: ObservationLog {
        get { fields.value.observations }
        _modify { yield &fields.value.observations }
    }
    /// Learns for forecasts beside a policy that makes none.
    var observer: SweepForecaster? {
        get { fields.value.observer }
        _modify { yield &fields.value.observer }
    }
    /// Trials that ever reported the objective.
    var scoredTrials: Int {
        get { fields.value.scoredTrials }
        _modify { yield &fields.value.scoredTrials }
    }

    var waiting: SortedList<TrialID> { fields.value.waiting }
    var paused: SortedList<TrialID> { fields.value.paused }
    var running: SortedList<TrialID> { fields.value.running }
    var counts: [TrialState: Int] { fields.value.counts }
    /// Best score of any trial, reported in time; nil: none.
    var bestScore: Double? { fields.value.bestScore }
    /// The trial that has it; of equals the oldest.
    var incumbent: TrialID? { fields.value.incumbent }
    /// Running trials that have not been told to stop.
    var active: SortedList<TrialID> { fields.value.active }
    /// The same trials by rank.
    var ranking: SortedList<TrialRank> { fields.value.ranking }
    /// Running trials of which the deadline would still change something.
    var stoppable: SortedList<TrialID> { fields.value.stoppable }
    /// Slots that running trials hold, without those that are kept for their next attempt.
    var heldSlots: Int { fields.value.heldSlots }
    /// Slots that running trials hold or have reserved on agents that are neither lost nor draining.
    var usableHeldSlots: Int { fields.value.usableHeldSlots }
    /// Slots that its trials will hold when all of them have done what they were told.
    var committedSlots: Int { fields.value.committedSlots }
    /// Trials that were told to stop and whose slots are not all free yet.
    var leaving: SortedList<TrialID> { fields.value.leaving }
    /// Running trials that have not been told to stop, by the start of their attempt.
    var starts: SortedList<Alarm> { fields.value.starts }
    /// Σ slots × start over all leases, milliseconds.
    var heldStarts: Int64 { fields.value.heldStarts }

    /// Trials that hold no slot and are not over: first those that wait.
    var idle: [TrialID] { Array(waiting) + Array(paused) }
    /// Trials that ended in `failed` or `no_metric`.
    var hopeless: Int { counts[.failed, default: 0] + counts[.noMetric, default: 0] }

    init(record: SweepRecord) {
        fields = CopyOnWrite(
            Fields(
                record: record, policy: AnyPolicy(record.spec), sampler: ConfigurationSampler(record.spec),
                observer: Self.observer(for: record.spec)))
    }

    /// Moves a trial between the lists; `old` is nil for a new one.
    mutating func move(_ trial: TrialID, from old: TrialState?, to new: TrialState) {
        if let old {
            fields.value.counts[old, default: 0] -= 1
            if counts[old] == 0 { fields.value.counts[old] = nil }
            change(old) { list in
                let wasThere = list.remove(trial)
                precondition(wasThere, "trial \(trial) is not in its list")
            }
        }
        fields.value.counts[new, default: 0] += 1
        change(new) { $0.insert(trial) }
    }

    /// `score` is the best one of the trial.
    mutating func noteBest(_ score: Double?, of trial: TrialID) {
        guard let score else { return }
        if let bestScore, let incumbent, (bestScore, trial) >= (score, incumbent) { return }
        fields.value.bestScore = score
        fields.value.incumbent = trial
    }

    private mutating func change(_ state: TrialState, _ body: (inout SortedList<TrialID>) -> Void) {
        switch state {
        case .waiting: body(&fields.value.waiting)
        case .paused: body(&fields.value.paused)
        case .running: body(&fields.value.running)
        case .completed, .pruned, .failed, .diverged, .noMetric, .cancelled: break
        }
    }

    // MARK: Leases

    /// - Parameters:
    ///   - usable: slots that it holds on agents that are neither lost nor draining.
    ///   - alarms: when it may break a limit.
    mutating func add(_ lease: LeaseRecord, _ rank: TrialRank, usable: Int, alarms instants: [Timestamp]) {
        let trial = lease.attempt.trial
        if lease.goal == .run {
            fields.value.active.insert(trial)
            fields.value.ranking.insert(rank)
            fields.value.starts.insert(Alarm(at: lease.startedAt, trial: trial))
        } else {
            fields.value.leaving.insert(trial)
        }
        count(lease, 1)
        if lease.deadlineWouldChange { fields.value.stoppable.insert(trial) }
        for instant in instants { fields.value.alarms.insert(Alarm(at: instant, trial: trial)) }
        countUsable(usable)
    }

    /// The arguments are those with which it was added.
    mutating func remove(_ lease: LeaseRecord, _ rank: TrialRank, usable: Int, alarms instants: [Timestamp]) {
        let trial = lease.attempt.trial
        if lease.goal == .run {
            fields.value.active.remove(trial)
            fields.value.ranking.remove(rank)
            fields.value.starts.remove(Alarm(at: lease.startedAt, trial: trial))
        } else {
            fields.value.leaving.remove(trial)
        }
        count(lease, -1)
        if lease.deadlineWouldChange { fields.value.stoppable.remove(trial) }
        for instant in instants { fields.value.alarms.remove(Alarm(at: instant, trial: trial)) }
        countUsable(-usable)
    }

    /// Does nothing for a trial that does not run, or is on its way out.
    mutating func moveRank(from old: TrialRank, to new: TrialRank) {
        if old != new && fields.value.ranking.remove(old) { fields.value.ranking.insert(new) }
    }

    private mutating func count(_ lease: LeaseRecord, _ sign: Int) {
        fields.value.heldSlots += sign * lease.slotCount
        fields.value.committedSlots += sign * lease.committedSlots
        fields.value.heldStarts += Int64(sign * lease.slotCount) * lease.startedAt.milliseconds
    }

    mutating func moveAlarm(of trial: TrialID, from old: Timestamp, to new: Timestamp) {
        fields.value.alarms.remove(Alarm(at: old, trial: trial))
        fields.value.alarms.insert(Alarm(at: new, trial: trial))
    }

    /// So many of the held slots have become usable, or unusable where it is negative.
    mutating func countUsable(_ slots: Int) { fields.value.usableHeldSlots += slots }

    /// Trials with an alarm at or before the instant, ascending.
    func alarmed(by instant: Timestamp) -> [TrialID] {
        var due: [TrialID] = []
        for alarm in fields.value.alarms {
            guard alarm.at <= instant else { break }
            due.append(alarm.trial)
        }
        return due.sorted()
    }

    func nextAlarm(after now: Timestamp) -> Timestamp? {
        fields.value.alarms.firstNotBelow(
            Alarm(at: Timestamp(milliseconds: now.milliseconds + 1), trial: TrialID(.min)))?.at
    }
}

extension LeaseRecord {
    /// Told to be killed for the deadline, it would not stay as it is.
    var deadlineWouldChange: Bool {
        goal != .kill || !(afterStop == .deadline || afterStop?.isFinal == true)
    }
}
