public import HyperSchedProtocol

/// Decides, for one sweep, which trials hold slots. A policy is a value: no clock, no I/O, no hidden randomness. It is
/// told what happened, with the time, and answers; it never changes a trial itself.
///
/// Calls come in this order: for each live report in time ``observe(_:)``; if it carries the objective and advances the
/// curve, ``onReport(_:of:in:)``; after `proceed` ``resize(_:in:)``; after any change ``choose(in:)`` again and again
/// until it answers `nothing`, or what it chose does not fit.
public protocol SchedulingPolicy: Sendable, Equatable {
    /// A trial was drawn, or made as the child of another one. It is told before anything else about the trial.
    mutating func onCreated(_ trial: TrialRecord)

    /// What a report, with or without the objective, tells about speed and start-up time.
    mutating func observe(_ timing: ReportTiming)

    /// The trial reported its objective. `trial` is the record *before* this report was applied.
    mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict

    /// Should the running trial have another number of slots?
    mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict

    /// Slots are free: what should use them? Asking changes nothing.
    func choose(in view: SweepView) -> Choice

    /// It may give running trials more than `slots.min` slots.
    var growsTrials: Bool { get }

    /// What would the sweep do with more slots? Asked with a view in which slots that others hold are free. Asking
    /// changes nothing.
    func wish(in view: SweepView) -> SlotWish

    /// One of these running trials has to give its slots back: which one is missed least? nil: there is none.
    func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID?

    /// The trial now holds `slots` slots (a start, a resume or the end of a resize).
    mutating func onStarted(_ trial: TrialID, slots: Int)

    /// The trial gave its slots back, or ended without holding any; `state` is its new state.
    mutating func onEnded(_ trial: TrialID, state: TrialState)

    /// What the policy wants stored with the trial (``TrialRecord/policy``). Ask again after
    /// every call that names the trial.
    func trialState(of trial: TrialID) -> PolicyTrialState

    /// After a restart: called once for each stored trial of the sweep, by id ascending, running ones included
    /// (`slots`: what it holds, 0 for none), then ``restore(timing:)`` for each stored report in order of arrival. The
    /// result must equal the policy that was lost.
    mutating func restore(_ trial: TrialRecord, slots: Int)
}

extension SchedulingPolicy {
    /// Most policies need to know nothing of a trial before it runs.
    public mutating func onCreated(_ trial: TrialRecord) {}

    /// The same as ``observe(_:)``: what is stored is what was observed.
    public mutating func restore(timing: ReportTiming) { observe(timing) }
}

/// The part of a report that start-up and speed estimates are made of.
public struct ReportTiming: Hashable, Sendable {
    public let trial: TrialID
    public let iterationSeconds: Double
    public let iterationSteps: Int
    public let setupSeconds: Double?
    public let slots: Int

    public init(trial: TrialID, iterationSeconds: Double, iterationSteps: Int, setupSeconds: Double?, slots: Int) {
        self.trial = trial
        self.iterationSeconds = iterationSeconds
        self.iterationSteps = iterationSteps
        self.setupSeconds = setupSeconds
        self.slots = slots
    }
}

/// The report, as policies see it.
public struct PolicyReport: Hashable, Sendable {
    public let trial: TrialID
    /// Completed steps, larger than at any earlier report of the trial's live line.
    public let step: Int
    /// Larger is better; always finite. A NaN that the sweep's rule turns into the worst value comes as
    /// `-Double.greatestFiniteMagnitude`.
    public let score: Double
    /// Seconds since the previous report of the same attempt (from the end of set-up for the first one).
    public let iterationSeconds: Double
    /// Steps done in that time, at least 1.
    public let iterationSteps: Int
    /// Seconds of training over all attempts, this one included.
    public let trainedSeconds: Double
    /// Seconds from process start to the first training step; nil: not known.
    public let setupSeconds: Double?
    /// Slots held by the reporting attempt.
    public let slots: Int

    public init(
        trial: TrialID, step: Int, score: Double, iterationSeconds: Double, iterationSteps: Int,
        trainedSeconds: Double, setupSeconds: Double?, slots: Int
    ) {
        self.trial = trial
        self.step = step
        self.score = score
        self.iterationSeconds = iterationSeconds
        self.iterationSteps = iterationSteps
        self.trainedSeconds = trainedSeconds
        self.setupSeconds = setupSeconds
        self.slots = slots
    }
}

public enum Verdict: Hashable, Sendable {
    case proceed
    /// Give the slots back, keep the checkpoint.
    case pause(Reason)
    /// Drop the trial.
    case prune(Reason)
}

public enum ResizeVerdict: Hashable, Sendable {
    case keep
    case resize(to: Int, Reason)
}

public enum Choice: Hashable, Sendable {
    /// Nothing (more) now, and why.
    case nothing(Reason)
    /// Give a waiting or paused trial `slots` slots.
    case start(TrialID, slots: Int, Reason)
    /// Draw a new configuration and give it `slots` slots.
    case startNew(slots: Int, Reason)
    /// Make a trial that goes on from another one's latest checkpoint, and give it `slots` slots.
    case startChild(Offspring, slots: Int, Reason)
    /// Drop these trials for good (waiting and paused ones).
    case prune([TrialID], Reason)
}

/// A trial to be made from another one.
public struct Offspring: Hashable, Sendable {
    /// Its latest checkpoint is where the new trial begins.
    public let parent: TrialID
    /// The trial whose place the new one takes.
    public let replacing: TrialID?
    public let configuration: Configuration

    public init(parent: TrialID, replacing: TrialID?, configuration: Configuration) {
        self.parent = parent
        self.replacing = replacing
        self.configuration = configuration
    }
}

/// What a policy may look at. Reads are O(1) or O(log n); lists are shared with the state, not copied.
public struct SweepView: Sendable {
    public let now: Timestamp
    /// When the sweep was accepted: elapsed time counts from here.
    public let startedAt: Timestamp
    public let deadline: Timestamp
    /// When trials are told to stop for the deadline: work must be reported by then.
    public let stopBegins: Timestamp
    public let steps: StepRange
    /// Slots per trial: at least, at most (already no more than the largest agent has).
    public let minSlots: Int
    public let maxSlots: Int
    /// N: slots of live agents that this sweep may use, those it holds included.
    public let capacity: Int
    /// Free slots on the agent that has most of them: what a start can get.
    public let largestFree: Int
    /// Free slots over all agents.
    public let totalFree: Int
    /// Free slots on the agent that runs the trial being asked about (for ``SchedulingPolicy/resize(_:in:)``).
    public let freeBeside: Int
    /// Slots held by each running trial, by id ascending. Trials on their way out (told to stop) are not in it.
    public let running: RunningTrials
    /// Waiting trials (never started, or to be run again), by id ascending.
    public let waiting: SortedList<TrialID>
    /// Paused trials by id ascending. A trial that was told to pause is in here only once its slots are free.
    public let paused: SortedList<TrialID>
    /// True when another configuration can be drawn.
    public let canCreate: Bool
    /// Index of the next trial, drawn or child.
    public let nextIndex: Int
    /// Trials that may still be made, children included.
    public let trialsLeft: Int
    public let seed: UInt64
    /// Agents of each trial.
    public let agents: Int
    /// The trial's latest checkpoint is that of the last step: what goes on from it has nothing left to do.
    public let hasFinalCheckpoint: @Sendable (TrialID) -> Bool

    public init(
        now: Timestamp, startedAt: Timestamp, deadline: Timestamp, steps: StepRange, minSlots: Int, maxSlots: Int,
        capacity: Int, largestFree: Int, totalFree: Int, freeBeside: Int, running: RunningTrials,
        waiting: SortedList<TrialID>, paused: SortedList<TrialID>, canCreate: Bool, seed: UInt64,
        stopBegins: Timestamp? = nil, nextIndex: Int = 0, trialsLeft: Int? = nil, agents: Int = 1,
        hasFinalCheckpoint: @escaping @Sendable (TrialID) -> Bool = { _ in false }
    ) {
        self.now = now
        self.startedAt = startedAt
        self.deadline = deadline
        self.stopBegins = stopBegins ?? deadline
        self.steps = steps
        self.minSlots = minSlots
        self.maxSlots = maxSlots
        self.capacity = capacity
        self.largestFree = largestFree
        self.totalFree = totalFree
        self.freeBeside = freeBeside
        self.running = running
        self.waiting = waiting
        self.paused = paused
        self.canCreate = canCreate
        self.nextIndex = nextIndex
        self.trialsLeft = trialsLeft ?? (canCreate ? .max : 0)
        self.seed = seed
        self.agents = agents
        self.hasFinalCheckpoint = hasFinalCheckpoint
    }

    /// Seconds since the sweep started.
    public var elapsed: Double { now.seconds(since: startedAt) }
    /// Seconds to the deadline.
    public var timeLeft: Double { deadline.seconds(since: now) }
    /// Seconds in which trials may still train.
    public var trainingTimeLeft: Double { stopBegins.seconds(since: now) }
}

/// A running trial, as policies see it.
public struct RunningTrial: Hashable, Sendable {
    public let trial: TrialID
    public let slots: Int
    /// Latest score; nil: not reported yet.
    public let lastScore: Double?
    /// A checkpoint of it is durable, so it can be stopped without losing everything.
    public let hasCheckpoint: Bool
    /// Free slots on its agent: how far it can grow there. By default no narrower than the cluster.
    public let freeBeside: Int
    /// Resumed although its rank does not ask for it (``PolicyTrialState/isFiller``).
    public let isFiller: Bool

    public init(
        trial: TrialID, slots: Int, lastScore: Double?, hasCheckpoint: Bool, freeBeside: Int = .max,
        isFiller: Bool = false
    ) {
        self.trial = trial
        self.slots = slots
        self.lastScore = lastScore
        self.hasCheckpoint = hasCheckpoint
        self.freeBeside = freeBeside
        self.isFiller = isFiller
    }

    var rank: TrialRank { TrialRank(trial: trial, score: lastScore, isFiller: isFiller) }
}
