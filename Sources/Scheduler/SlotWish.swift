public import HyperSchedProtocol

/// What a sweep would do with more slots.
public enum SlotWish: Hashable, Sendable {
    /// A running trial and the slots that it would take beside those it has.
    public struct Growth: Hashable, Sendable {
        public let trial: TrialID
        public let slots: Int

        public init(trial: TrialID, slots: Int) {
            self.trial = trial
            self.slots = slots
        }
    }

    case nothing
    /// Start a trial on `slots` slots, and after it at most so many others of the same kind.
    case start(slots: Int, count: Int)
    /// Let running trials grow, the first one first.
    case grow([Growth])
}

extension SchedulingPolicy {
    /// Trials hold `slots.min` slots, whatever is free.
    public var growsTrials: Bool { false }

    public func wish(in view: SweepView) -> SlotWish { startWish(in: view) }

    /// What ``choose(in:)`` would start.
    func startWish(in view: SweepView) -> SlotWish {
        let more = view.canCreate ? view.trialsLeft : 0
        switch choose(in: view) {
        case .startNew(let slots, _): return .start(slots: slots, count: max(1, more))
        case .startChild(_, let slots, _): return .start(slots: slots, count: 1)
        case .start(let trial, let slots, _):
            guard view.waiting.contains(trial) else { return .start(slots: slots, count: 1) }
            let (count, overflow) = view.waiting.count.addingReportingOverflow(more)
            return .start(slots: slots, count: overflow ? .max : count)
        case .prune, .nothing: return .nothing
        }
    }

    public func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID? {
        candidates.leastValuable { $0.lastScore }
    }
}

extension [RunningTrial] {
    /// The one with the smallest value, one without a value before all others; of equals the youngest.
    func leastValuable(by value: (RunningTrial) -> Double?) -> TrialID? {
        let valued = map { (value: value($0) ?? -.infinity, trial: $0.trial) }
        return valued.min { ($0.value, $1.trial) < ($1.value, $0.trial) }?.trial
    }
}

extension FIFOPolicy {
    /// The last one in.
    public func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID? {
        candidates.map(\.trial).max()
    }
}

extension HyperSchedPolicy {
    public var growsTrials: Bool { options.allocation != .none }

    public func wish(in view: SweepView) -> SlotWish {
        let wish = startWish(in: view)
        guard wish == .nothing, view.timeLeft > 0 else { return wish }
        let growths = growths(view).sorted {
            let a = view.running[$0.trial]?.lastScore ?? -.infinity
            let b = view.running[$1.trial]?.lastScore ?? -.infinity
            return a == b ? $0.trial < $1.trial : a > b
        }
        return growths.isEmpty ? .nothing : .grow(growths)
    }

    /// Those that were resumed below their cut-off before all others.
    public func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID? {
        let fillers = candidates.filter { book.isFiller($0.trial) }
        return (fillers.isEmpty ? candidates : fillers).leastValuable { $0.lastScore }
    }
}

extension DeadlinePolicy {
    public var growsTrials: Bool { true }

    public func wish(in view: SweepView) -> SlotWish {
        let wish = startWish(in: view)
        let moment = moment(view)
        guard wish == .nothing, moment.timeLeft > 0, options.consolidates, !isOpen(moment, view) else { return wish }
        let contest = contest(moment, view)
        let growths = contest.finalists.compactMap { trial -> SlotWish.Growth? in
            guard let running = view.running[trial] else { return nil }
            let held = max(1, running.slots / view.minSlots)
            guard let units = growth(running, contest, view, moment) else { return nil }
            return SlotWish.Growth(trial: trial, slots: (units - held) * view.minSlots)
        }
        return growths.isEmpty ? .nothing : .grow(growths)
    }

    /// By what they would reach with the slots that they hold.
    public func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID? {
        candidates.leastValuable { running in
            let units = max(1, running.slots / view.minSlots)
            guard let candidate = forecaster.candidate(running.trial, units: units) else { return running.lastScore }
            return forecaster.forecast(candidate, units: units, timeLeft: view.trainingTimeLeft)?.mean
                ?? running.lastScore
        }
    }
}

extension PBTPolicy {
    /// Those that lost their place in the population before its members.
    public func leastValuable(of candidates: [RunningTrial], in view: SweepView) -> TrialID? {
        let outside = candidates.filter { members[$0.trial]?.membership.replacedBy != nil }
        return (outside.isEmpty ? candidates : outside).leastValuable { $0.lastScore }
    }
}
