internal import HyperSchedProtocol

/// A sweep while the daemon runs: its record, its policy and the indices that make each question cheap.
struct SweepRuntime: Equatable, Sendable {
    /// An instant at which a running trial may break a limit.
    struct Alarm: Comparable, Sendable {
        let at: Timestamp
        let trial: TrialID

        static func < (a: Self, b: Self) -> Bool { (a.at, a.trial) < (b.at, b.trial) }
    }

    var record: SweepRecord
    var policy: AnyPolicy
    var sampler: ConfigurationSampler
    /// Trials by the key with which they were proposed from outside; for look-up only, never iterated.
    var proposals: TreeMap<String, TrialID> = [:]
    /// Only of method `external`.
    var observations = ObservationLog()
    /// Learns for forecasts beside a policy that makes none.
    var observer: SweepForecaster?
    private(set) var waiting: SortedList<TrialID> = []
    private(set) var paused: SortedList<TrialID> = []
    private(set) var running: SortedList<TrialID> = []
    private(set) var counts: [TrialState: Int] = [:]
    /// Trials that ever reported the objective.
    var scoredTrials = 0
    /// Best score of any trial, reported in time; nil: none.
    private(set) var bestScore: Double?
    /// The trial that has it; of equals the oldest.
    private(set) var incumbent: TrialID?

    /// Running trials that have not been told to stop.
    private(set) var active: SortedList<TrialID> = []
    /// Running trials of which the deadline would still change something.
    private(set) var stoppable: SortedList<TrialID> = []
    private(set) var alarms: SortedList<Alarm> = []
    /// Slots that running trials hold, without those that are kept for their next attempt.
    private(set) var heldSlots = 0
    /// Slots that running trials hold or have reserved on agents that are neither lost nor draining.
    private(set) var usableHeldSlots = 0
    /// Slots that its trials will hold when all of them have done what they were told.
    private(set) var committedSlots = 0
    /// Trials that were told to stop and whose slots are not all free yet.
    private(set) var leaving: SortedList<TrialID> = []
    /// Running trials that have not been told to stop, by the start of their attempt.
    private(set) var starts: SortedList<Alarm> = []
    /// Σ slots × start over all leases, milliseconds.
    private(set) var heldStarts: Int64 = 0

    /// Trials that hold no slot and are not over: first those that wait.
    var idle: [TrialID] { Array(waiting) + Array(paused) }
    /// Trials that ended in `failed` or `no_metric`.
    var hopeless: Int { counts[.failed, default: 0] + counts[.noMetric, default: 0] }

    init(record: SweepRecord) {
        self.record = record
        policy = AnyPolicy(record.spec)
        sampler = ConfigurationSampler(record.spec)
        observer = Self.observer(for: record.spec)
    }

    /// Moves a trial between the lists; `old` is nil for a new one.
    mutating func move(_ trial: TrialID, from old: TrialState?, to new: TrialState) {
        if let old {
            counts[old, default: 0] -= 1
            if counts[old] == 0 { counts[old] = nil }
            change(old) { list in
                let wasThere = list.remove(trial)
                precondition(wasThere, "trial \(trial) is not in its list")
            }
        }
        counts[new, default: 0] += 1
        change(new) { $0.insert(trial) }
    }

    /// `score` is the best one of the trial.
    mutating func noteBest(_ score: Double?, of trial: TrialID) {
        guard let score else { return }
        if let bestScore, let incumbent, (bestScore, trial) >= (score, incumbent) { return }
        bestScore = score
        incumbent = trial
    }

    private mutating func change(_ state: TrialState, _ body: (inout SortedList<TrialID>) -> Void) {
        switch state {
        case .waiting: body(&waiting)
        case .paused: body(&paused)
        case .running: body(&running)
        case .completed, .pruned, .failed, .diverged, .noMetric, .cancelled: break
        }
    }

    // MARK: Leases

    /// - Parameters:
    ///   - usable: its agent is neither lost nor draining.
    ///   - alarms: when it may break a limit.
    mutating func add(_ lease: LeaseRecord, usable: Bool, alarms instants: [Timestamp]) {
        let trial = lease.attempt.trial
        if lease.goal == .run {
            active.insert(trial)
            starts.insert(Alarm(at: lease.startedAt, trial: trial))
        } else {
            leaving.insert(trial)
        }
        count(lease, 1)
        if lease.deadlineWouldChange { stoppable.insert(trial) }
        for instant in instants { alarms.insert(Alarm(at: instant, trial: trial)) }
        if usable { countUsable(lease, 1) }
    }

    /// The arguments are those with which it was added.
    mutating func remove(_ lease: LeaseRecord, usable: Bool, alarms instants: [Timestamp]) {
        let trial = lease.attempt.trial
        if lease.goal == .run {
            active.remove(trial)
            starts.remove(Alarm(at: lease.startedAt, trial: trial))
        } else {
            leaving.remove(trial)
        }
        count(lease, -1)
        if lease.deadlineWouldChange { stoppable.remove(trial) }
        for instant in instants { alarms.remove(Alarm(at: instant, trial: trial)) }
        if usable { countUsable(lease, -1) }
    }

    private mutating func count(_ lease: LeaseRecord, _ sign: Int) {
        heldSlots += sign * lease.slots.count
        committedSlots += sign * lease.committedSlots
        heldStarts += Int64(sign * lease.slots.count) * lease.startedAt.milliseconds
    }

    mutating func moveAlarm(of trial: TrialID, from old: Timestamp, to new: Timestamp) {
        alarms.remove(Alarm(at: old, trial: trial))
        alarms.insert(Alarm(at: new, trial: trial))
    }

    /// Its agent became usable (`sign` 1) or unusable (-1).
    mutating func countUsable(_ lease: LeaseRecord, _ sign: Int) {
        usableHeldSlots += sign * (lease.slots.count + lease.reserved.count)
    }

    /// Trials with an alarm at or before the instant, ascending.
    func alarmed(by instant: Timestamp) -> [TrialID] {
        var due: [TrialID] = []
        for alarm in alarms {
            guard alarm.at <= instant else { break }
            due.append(alarm.trial)
        }
        return due.sorted()
    }

    func nextAlarm(after now: Timestamp) -> Timestamp? {
        alarms.firstNotBelow(Alarm(at: Timestamp(milliseconds: now.milliseconds + 1), trial: TrialID(.min)))?.at
    }
}

extension LeaseRecord {
    /// Told to be killed for the deadline, it would not stay as it is.
    var deadlineWouldChange: Bool {
        goal != .kill || !(afterStop == .deadline || afterStop?.isFinal == true)
    }
}
