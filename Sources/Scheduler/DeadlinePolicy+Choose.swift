internal import HyperSchedProtocol

extension DeadlinePolicy {
    public func choose(in view: SweepView) -> Choice {
        let moment = moment(view)
        guard moment.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if let trial = view.waiting.first(where: book.isInterrupted), fits(trial, units: 1, moment) {
            let held = max(1, book.state(of: trial).pausedSlots / view.minSlots)
            let units = min(held, view.largestFree / view.minSlots)
            let reason = Reason(.interrupted, "goes on after an interruption", numbers: moment.numbers)
            return .start(trial, slots: max(1, units) * view.minSlots, reason)
        }
        guard fits(nil, units: 1, moment) else {
            return .nothing(Reason(.noTime, "too little time for a start and one step", numbers: moment.numbers))
        }
        return moment.admits || !options.consolidates ? explore(view, moment) : consolidate(view, moment)
    }

    private func explore(_ view: SweepView, _ moment: DeadlineMoment) -> Choice {
        if let trial = promotable(view) {
            return .start(trial, slots: view.minSlots, forecastReason(trial, moment))
        }
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, opened(moment)) }
        if view.canCreate { return .startNew(slots: view.minSlots, opened(moment)) }
        return consolidate(view, moment)
    }

    func promotable(_ view: SweepView) -> TrialID? {
        let factor = reductionFactor
        for rung in book.ladder.rungs.reversed() where !rung.paused.isEmpty {
            guard let cutoff = rung.cutoff(reductionFactor: factor, atLeast: Self.fewestRanked) else { continue }
            for entry in rung.paused.reversed() {
                guard !cutoff.isBelow(entry.score) else { break }
                if view.isPaused(entry.trial) { return entry.trial }
            }
        }
        return nil
    }

    private func consolidate(_ view: SweepView, _ moment: DeadlineMoment) -> Choice {
        let plan = plan(view, moment)
        var free = view.totalFree / view.minSlots
        for running in view.running {
            let held = max(1, running.slots / view.minSlots)
            if let units = growth(running, held, plan, view, moment) { free -= units - held }
        }
        guard free > 0 else {
            let text = "the free slots are kept for running trials that grow"
            return .nothing(Reason(.reserved, text, numbers: moment.numbers))
        }
        let widest = min(free, view.largestFree / view.minSlots)
        for share in plan.shares where share.candidate.units == 0 && share.units > 0 {
            let trial = share.candidate.trial!
            let units = Self.buddy(min(share.units, widest))
            if fits(trial, units: units, moment) {
                return .start(trial, slots: units * view.minSlots, forecastReason(trial, moment))
            }
        }
        return fill(view, moment)
    }

    /// Slots that nothing better can use.
    private func fill(_ view: SweepView, _ moment: DeadlineMoment) -> Choice {
        if let trial = bestPaused(view, 8).first(where: { fits($0, units: 1, moment) }) {
            return .start(trial, slots: view.minSlots, forecastReason(trial, moment))
        }
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, opened(moment)) }
        if view.canCreate { return .startNew(slots: view.minSlots, opened(moment)) }
        return .nothing(Reason(.exhausted, "no trial is left to start or resume"))
    }

    /// Largest power of two that is not above `units`.
    static func buddy(_ units: Int) -> Int { 1 << (Int.bitWidth - 1 - max(1, units).leadingZeroBitCount) }

    private func opened(_ moment: DeadlineMoment) -> Reason {
        Reason(
            .admissionOpen,
            "started: \(moment.timeLeft.shortText) s are left, a new trial needs \(moment.admissionNeeds.shortText) s",
            numbers: moment.numbers)
    }

    private func forecastReason(_ trial: TrialID, _ moment: DeadlineMoment) -> Reason {
        Reason(.forecast, "resumed: of the paused trials it adds most to the expected best", numbers: moment.numbers)
    }
}
