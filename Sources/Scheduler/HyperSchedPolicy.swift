public import HyperSchedProtocol

/// HyperSched (Liaw et al., "HyperSched: Dynamic Resource Reallocation for Model Development on a Deadline", SoCC 2019,
/// arXiv 2001.02338), as its public code behaves: speculative and retrospective successive halving, admission by the
/// time left, and all free slots to the trials that are still running. docs/SCHEDULING.md has the formulae and says
/// where this differs from the published code and why.
///
/// - `+Report`: pausing at rungs. `+Choose`: admission. `+Resize`: shares and the gain test.
public struct HyperSchedPolicy: SchedulingPolicy {
    let options: HyperSchedOptions
    let metric: Metric
    let scaling: ThroughputModel
    let seed: UInt64
    var book: RungBook
    var estimates: TimingEstimates
    /// Admission closed and dropped trials; what was dropped is not drawn again either.
    var hasDropped = false

    public init(spec: SweepSpec, options: HyperSchedOptions) {
        self.options = options
        metric = spec.metric
        scaling =
            options.scaling.map { ThroughputModel(points: $0) } ?? (options.publishedSlips ? .linear(to: 31) : .linear)
        seed = spec.seed
        estimates = TimingEstimates(minSlots: spec.slots.min, isTimed: spec.steps.isTimed)
        // Without speculation the published code swaps in ASHA's bracket, which has no rung above R.
        book = RungBook(
            ladder: RungLadder(
                steps: spec.steps, reductionFactor: options.reductionFactor, extraTop: options.speculation))
    }

    public mutating func observe(_ timing: ReportTiming) { estimates.observe(timing) }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        book.started(trial, slots: slots, cooldown: options.cooldownReports, filler: isBelowItsRung(trial))
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        if state == .pruned && wasDropped(hasRun: book.hasRun(trial)) { hasDropped = true }
        book.ended(trial, state: state)
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState { book.state(of: trial) }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        if trial.state == .pruned && wasDropped(hasRun: trial.attempt > 0) { hasDropped = true }
        book.restore(trial, slots: slots)
    }

    /// A pruned trial: was it admission that dropped it? Rungs only pause, and where they prune, nothing is paused, so
    /// that only trials which never ran are left to be dropped.
    private func wasDropped(hasRun: Bool) -> Bool { options.pausing || !hasRun }

    /// Only kept trials (`dropAtClosing: false`) can be fillers: the published code tests every resumed trial again at
    /// its next report.
    private func isBelowItsRung(_ trial: TrialID) -> Bool {
        guard !options.dropAtClosing, let milestone = book.pausedRung(of: trial),
            let index = book.ladder.index(ofMilestone: milestone)
        else { return false }
        let rung = book.ladder.rungs[index]
        return !isPromotable(RungEntry(score: rung.score(of: trial)!, trial: trial), at: rung)
    }

    func isPromotable(_ entry: RungEntry, at rung: Rung) -> Bool {
        guard options.speculation else { return rung.isInTop(entry, reductionFactor: options.reductionFactor) }
        return cutoff(at: rung)?.isReached(by: entry.score) ?? true
    }

    /// The first two trials at a rung go on whatever their score: a cut-off needs two.
    func cutoff(at rung: Rung) -> RungCutoff? {
        let cutoff = rung.cutoff(reductionFactor: options.reductionFactor, atLeast: 2)
        guard options.publishedSlips else { return cutoff }
        return rung.hasUnranked ? .notANumber : cutoff?.exact
    }

    func reason(_ index: Int, _ trial: TrialID, _ score: Double) -> RungReason {
        RungReason(
            metric: metric, reductionFactor: options.reductionFactor, rung: book.ladder.rungs[index], trial: trial,
            score: score)
    }
}
