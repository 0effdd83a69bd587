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
        return isOpen(moment, view) ? explore(view, moment) : consolidate(view, moment)
    }

    private func explore(_ view: SweepView, _ moment: DeadlineMoment) -> Choice {
        if let trial = promotable(view, moment) {
            return .start(trial, slots: view.minSlots, promoted(trial, moment))
        }
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, opened(moment)) }
        return .startNew(slots: view.minSlots, opened(moment))
    }

    /// The best trial of the highest milestone that may go on.
    func promotable(_ view: SweepView, _ moment: DeadlineMoment) -> TrialID? {
        for (index, rung) in book.ladder.rungs.enumerated().reversed() where !rung.paused.isEmpty {
            for entry in rung.paused.reversed() {
                guard passes(entry.trial, at: index, moment) else { break }
                if view.isPaused(entry.trial) { return entry.trial }
            }
        }
        return nil
    }

    private func consolidate(_ view: SweepView, _ moment: DeadlineMoment) -> Choice {
        let contest = contest(moment, view)
        let widest = Self.buddy(max(1, view.largestFree / view.minSlots))
        for trial in contest.finalists where view.isPaused(trial) {
            let units = min(contest.units, widest)
            if fits(trial, units: units, moment) {
                return .start(trial, slots: units * view.minSlots, resumed(moment))
            }
        }
        var free = view.totalFree / view.minSlots
        for trial in contest.finalists {
            guard let running = view.running[trial] else { continue }
            let held = max(1, running.slots / view.minSlots)
            guard held < contest.units, pays(trial, held, min(contest.units, 2 * held), moment) else { continue }
            free -= contest.units - held
        }
        guard free > 0 else {
            let text = "the free slots are kept for running trials that grow"
            return .nothing(Reason(.reserved, text, numbers: moment.numbers))
        }
        return fill(contest, view, moment)
    }

    /// Slots that nothing better can use.
    private func fill(_ contest: DeadlineContest, _ view: SweepView, _ moment: DeadlineMoment) -> Choice {
        let others = resting.reversed().lazy.map(\.trial)
        if let trial = contest.order.first(where: view.isPaused) ?? others.first(where: view.isPaused),
            fits(trial, units: 1, moment)
        {
            return .start(trial, slots: view.minSlots, resumed(moment))
        }
        if let trial = view.waiting.first { return .start(trial, slots: view.minSlots, opened(moment)) }
        if view.canCreate { return .startNew(slots: view.minSlots, opened(moment)) }
        return .nothing(Reason(.exhausted, "no trial is left to start or resume"))
    }

    private func opened(_ moment: DeadlineMoment) -> Reason {
        let needs =
            moment.admissionNeeds.isFinite
            ? "a new trial needs \(moment.admissionNeeds.shortText) s" : "no speed is known yet"
        return Reason(
            .admissionOpen, "started: \(moment.timeLeft.shortText) s are left, \(needs)", numbers: moment.numbers)
    }

    private func promoted(_ trial: TrialID, _ moment: DeadlineMoment) -> Reason {
        let text = "resumed: it is among the best 1/\(options.reductionFactor) of its milestone"
        return Reason(.rungPromotion, text, numbers: moment.numbers)
    }

    private func resumed(_ moment: DeadlineMoment) -> Reason {
        Reason(.forecast, "resumed: of the paused trials it has the best forecast", numbers: moment.numbers)
    }
}
