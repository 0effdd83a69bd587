import HyperSchedProtocol

@testable import Scheduler

/// A whole sweep on a virtual clock: one agent, a policy, and trials whose curves are a function. It does for the
/// policy what the cluster state does, in the simplest way: slots change hands at once, a start takes `setup` seconds.
struct VirtualRun {
    struct Options {
        var slots = 4
        var trials = 2
        /// Seconds from start to the first training step.
        var setup = 0.0
        /// Seconds per step on one slot.
        var stepSeconds = 1.0
        var scaling: [ScalingPoint]?
        /// The score after a step.
        var score: (_ index: Int, _ step: Int) -> Double = { index, step in Double(step) / Double(index + 1) }
        /// The attempt fails at this report.
        var fails: (_ index: Int, _ step: Int, _ attempt: Int) -> Bool = { _, _, _ in false }
        /// The report lacks the objective.
        var isUnscored: (_ index: Int, _ step: Int) -> Bool = { _, _ in false }
        /// Slots of the agent from a time on: it shrinks or grows.
        var capacity: (_ elapsed: Double) -> Int? = { _ in nil }
    }

    let spec: SweepSpec
    let options: Options
    var policy: AnyPolicy
    private(set) var now = 0.0
    private(set) var trials: [TrialRecord] = []
    private(set) var held: [TrialID: Int] = [:]
    private(set) var timings: [ReportTiming] = []
    /// Every decision: time, then what.
    private(set) var log: [String] = []
    private(set) var starts: [TrialID: Int] = [:]
    private(set) var resizes: [TrialID: [(at: Double, to: Int)]] = [:]
    private(set) var finishedAt: [TrialID: Double] = [:]
    private(set) var busySlotSeconds = 0.0
    private var events: [(at: Double, order: Int, trial: TrialID, attempt: Int)] = []
    private var order = 0

    init(_ spec: SweepSpec, _ options: Options) {
        self.spec = spec
        self.options = options
        policy = AnyPolicy(spec)
    }

    var deadline: Double { spec.deadline.seconds(since: Fixture.start) }
    var best: (trial: TrialID, step: Int, score: Double)? {
        trials.compactMap { trial in trial.bestScore.map { (trial.id, trial.bestStep ?? 0, $0) } }
            .max { ($0.2, $1.0) < ($1.2, $0.0) }
    }

    mutating func run(check: (VirtualRun) -> Void = { _ in }) {
        while step() { check(self) }
    }

    /// One event. False: nothing will happen any more, or the deadline has come.
    mutating func step() -> Bool {
        fill()
        guard
            let next = events.indices.min(by: { (events[$0].at, events[$0].order) < (events[$1].at, events[$1].order) })
        else { return false }
        let event = events.remove(at: next)
        let until = min(event.at, deadline)
        busySlotSeconds += (until - now) * Double(held.values.reduce(0, +))
        now = until
        guard event.at <= deadline else { return false }
        if trials[index(event.trial)].attempt == event.attempt { report(event.trial) }
        return true
    }

    // MARK: What the policy sees

    func view() -> SweepView {
        let capacity = max(options.capacity(now) ?? options.slots, held.values.reduce(0, +))
        let ids = trials.map(\.id)
        let running = ids.filter { held[$0] != nil }.map { id in
            RunningTrial(
                trial: id, slots: held[id]!, lastScore: trials[index(id)].lastScore,
                hasCheckpoint: trials[index(id)].lastStep > 0,
                isFiller: policy.trialState(of: id).isFiller)
        }
        let free = capacity - held.values.reduce(0, +)
        return SweepView(
            now: Fixture.at(now), startedAt: Fixture.start, deadline: spec.deadline, steps: spec.steps,
            minSlots: spec.slots.min, maxSlots: min(spec.slots.max ?? capacity, capacity), capacity: capacity,
            largestFree: free, totalFree: free, freeBeside: free, running: RunningTrials(running),
            waiting: SortedList(ids.filter { trials[index($0)].state == .waiting }),
            paused: SortedList(ids.filter { trials[index($0)].state == .paused }),
            canCreate: trials.count < options.trials, seed: spec.seed, nextIndex: trials.count + 1,
            trialsLeft: options.trials - trials.count)
    }

    // MARK: Decisions

    private mutating func fill() {
        while true {
            let choice = policy.choose(in: view())
            guard choice.text != "nothing" else { return }
            note(choice.text + " " + choice.rule)
            switch choice {
            case .nothing: return
            case .start(let id, let slots, _): start(id, slots)
            case .startNew(let slots, _):
                add(Fixture.trial(Int64(trials.count + 1), attempt: 0))
                start(trials.last!.id, slots)
            case .startChild(let offspring, let slots, _):
                add(child(offspring))
                start(trials.last!.id, slots)
            case .prune(let ids, _):
                for id in ids { end(id, .pruned) }
            }
        }
    }

    private mutating func add(_ trial: TrialRecord) {
        precondition(trials.count < options.trials, "one trial too many")
        trials.append(trial)
        policy.onCreated(trial)
        keep(trial.id)
    }

    private func child(_ offspring: Offspring) -> TrialRecord {
        let parent = trials[index(offspring.parent)]
        var child = TrialRecord(
            id: TrialID(Int64(trials.count + 1)), sweep: parent.sweep, index: trials.count + 1,
            configuration: offspring.configuration, seed: 0, createdAt: Fixture.start)
        child.lastStep = parent.lastStep
        child.lineage = Lineage(parent: parent.id, parentStep: parent.lastStep, replaces: offspring.replacing)
        return child
    }

    private mutating func start(_ id: TrialID, _ slots: Int) {
        precondition(
            held[id] == nil && slots >= spec.slots.min && slots <= view().largestFree, "a start that can not be")
        held[id] = slots
        starts[id, default: 0] += 1
        trials[index(id)].attempt += 1
        trials[index(id)].state = .running
        policy.onStarted(id, slots: slots)
        keep(id)
        schedule(id, after: options.setup)
    }

    private mutating func schedule(_ id: TrialID, after delay: Double) {
        order += 1
        let seconds = options.stepSeconds / ThroughputModel(points: options.scaling).speed(slots: held[id]!)
        events.append((now + delay + seconds, order, id, trials[index(id)].attempt))
    }

    private mutating func end(_ id: TrialID, _ state: TrialState) {
        held[id] = nil
        trials[index(id)].state = state
        policy.onEnded(id, state: state)
        keep(id)
    }

    private mutating func report(_ id: TrialID) {
        let before = trials[index(id)]
        let view = view()
        let step = before.lastStep + 1
        let seconds = options.stepSeconds / ThroughputModel(points: options.scaling).speed(slots: held[id]!)
        if options.fails(before.index, step, before.attempt) {
            note("fail \(id)")
            return end(id, .waiting)
        }
        let timing = Fixture.timing(id.rawValue, seconds, setup: options.setup, slots: held[id]!)
        timings.append(timing)
        policy.observe(timing)
        trials[index(id)].lastStep = step
        trials[index(id)].trainedSeconds += seconds
        guard !options.isUnscored(before.index, step) else { return schedule(id, after: 0) }
        let score = options.score(before.index, step)
        advance(id, step, score)
        let report = PolicyReport(
            trial: id, step: step, score: score, iterationSeconds: seconds, iterationSteps: 1,
            trainedSeconds: trials[index(id)].trainedSeconds, setupSeconds: options.setup, slots: held[id]!)
        let verdict = policy.onReport(report, of: before, in: view)
        keep(id)
        act(on: verdict, before, view)
    }

    private mutating func advance(_ id: TrialID, _ step: Int, _ score: Double) {
        trials[index(id)].lastScore = score
        trials[index(id)].scoredReports += 1
        if trials[index(id)].bestScore.map({ score > $0 }) ?? true {
            trials[index(id)].bestScore = score
            trials[index(id)].bestStep = step
        }
    }

    private mutating func act(on verdict: Verdict, _ before: TrialRecord, _ view: SweepView) {
        let id = before.id
        if trials[index(id)].lastStep >= spec.steps.max {
            note("complete \(id)")
            finishedAt[id] = now
            return end(id, .completed)
        }
        switch verdict {
        case .pause: note("pause \(id)"); end(id, .paused)
        case .prune: note("prune \(id)"); end(id, .pruned)
        case .proceed:
            let resize = policy.resize(before, in: view)
            keep(id)
            guard let target = resize.target else { return schedule(id, after: 0) }
            note("resize \(id) x\(target)")
            resizes[id, default: []].append((now, target))
            end(id, .waiting)
            start(id, target)
        }
    }

    private func index(_ id: TrialID) -> Int { Int(id.rawValue) - 1 }
    private mutating func keep(_ id: TrialID) { trials[index(id)].policy = policy.trialState(of: id) }
    private mutating func note(_ text: String) { log.append("\(now.shortText) \(text)") }

    /// The policy as a restart would rebuild it from what is stored.
    var restored: AnyPolicy {
        var policy = AnyPolicy(spec)
        for trial in trials { policy.restore(trial, slots: held[trial.id] ?? 0) }
        for timing in timings { policy.restore(timing: timing) }
        return policy
    }
}
