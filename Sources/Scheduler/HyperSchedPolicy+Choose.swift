internal import HyperSchedProtocol

extension HyperSchedPolicy {
    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        let admission = Admission(view, options, estimates)
        if let choice = goOnAfterInterruption(view, admission) { return choice }
        if !admission.isOpen && options.dropAtClosing { return close(view, admission) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if options.dropAtClosing { return chooseAsPublished(view, admission) }
        guard admission.fits(steps: view.steps.min) else {
            return .nothing(admission.tooLate(steps: view.steps.min))
        }
        return admission.isOpen ? chooseOpen(view, admission) : chooseClosed(view, admission)
    }

    /// Not an admission: the trial had its slots by right and lost them to a fault.
    private func goOnAfterInterruption(_ view: SweepView, _ admission: Admission) -> Choice? {
        guard view.largestFree >= view.minSlots, admission.fits(steps: 1),
            let trial = view.waiting.first(where: book.isInterrupted),
            let slots = resumeSize(of: trial, in: view, exactly: false)
        else { return nil }
        let reason = Reason(
            .interrupted, "goes on after an interruption, before anything new starts", numbers: admission.numbers)
        return .start(trial, slots: slots, reason)
    }

    // MARK: Published

    /// Published: what has not started and what is paused is dropped for good.
    private func close(_ view: SweepView, _ admission: Admission) -> Choice {
        let dropped = (view.paused + view.waiting.filter { !book.isInterrupted($0) }).sorted()
        if dropped.isEmpty { return .nothing(admission.closed("the trials that run share the slots")) }
        return .prune(dropped, admission.closed("the \(dropped.count) that wait or are paused are dropped"))
    }

    private func chooseAsPublished(_ view: SweepView, _ admission: Admission) -> Choice {
        if let choice = promotion(view) ?? newTrial(view, admission, draw: !hasDropped) { return choice }
        // Any paused trial that fits, promotable or not: it is paused again at its next report unless others fall
        // behind.
        for trial in view.paused {
            guard let slots = resumeSize(of: trial, in: view, exactly: true) else { continue }
            return .start(trial, slots: slots, fillReason(trial))
        }
        return view.paused.isEmpty
            ? .nothing(Reason(.exhausted, "no trial is left to start or resume"))
            : .nothing(
                Reason(.noSlots, "no paused trial fits into the \(view.largestFree) free slots with its old size"))
    }

    private func fillReason(_ trial: TrialID) -> Reason {
        guard let milestone = book.pausedRung(of: trial), let index = book.ladder.index(ofMilestone: milestone) else {
            return Reason(.rungFill, "resumed: nothing else can use the slots")
        }
        return reason(index, trial, book.ladder.rungs[index].score(of: trial)!).fill()
    }

    // MARK: Repaired (dropAtClosing: false)

    private func chooseOpen(_ view: SweepView, _ admission: Admission) -> Choice {
        if let choice = promotion(view) ?? newTrial(view, admission, draw: true) { return choice }
        return someoneCanGrow(view) ? .nothing(reserved(admission)) : fill(view)
    }

    /// After closing: running trials first. When they can not use the slots, what has most behind it goes on.
    private func chooseClosed(_ view: SweepView, _ admission: Admission) -> Choice {
        if someoneCanGrow(view) { return .nothing(reserved(admission)) }
        if let choice = promotion(view) { return choice }
        if let trial = view.waiting.first {
            return .start(trial, slots: view.minSlots, admission.closed("but nothing else can use the slots"))
        }
        if case .start(let trial, let slots, let reason) = fill(view) { return .start(trial, slots: slots, reason) }
        if view.canCreate {
            return .startNew(slots: view.minSlots, admission.closed("but nothing else can use the slots"))
        }
        return .nothing(Reason(.exhausted, "no trial is left to start or resume"))
    }

    private func reserved(_ admission: Admission) -> Reason {
        Reason(.reserved, "the free slots are kept for running trials that can grow", numbers: admission.numbers)
    }

    private func fill(_ view: SweepView) -> Choice {
        guard let best = book.bestPaused(in: view, where: { _ in true }),
            let slots = resumeSize(of: best.trial, in: view, exactly: false)
        else { return .nothing(Reason(.exhausted, "no trial is left to start or resume")) }
        return .start(best.trial, slots: slots, reason(best.rung, best.trial, best.score).fill())
    }

    // MARK: Both

    /// From the top rung, the best paused trial whose score reaches the cut-off and whose size fits.
    private func promotion(_ view: SweepView) -> Choice? {
        let exactly = options.dropAtClosing
        let best = book.bestPaused(
            in: view, while: isPromotable(_:at:),
            where: { resumeSize(of: $0, in: view, exactly: exactly) != nil })
        guard let best, let slots = resumeSize(of: best.trial, in: view, exactly: exactly) else { return nil }
        let why = reason(best.rung, best.trial, best.score)
        return .start(
            best.trial, slots: slots,
            options.speculation ? why.reaches(cutoff(at: book.ladder.rungs[best.rung])) : why.inTop())
    }

    private func newTrial(_ view: SweepView, _ admission: Admission, draw: Bool) -> Choice? {
        if let trial = view.waiting.first {
            return .start(trial, slots: view.minSlots, admission.opened("started"))
        }
        guard draw && view.canCreate else { return nil }
        return .startNew(slots: view.minSlots, admission.opened("a new trial"))
    }

    /// Slots for a trial that ran before; nil: it does not fit now.
    ///
    /// - Parameter exactly: only its old size will do, as published. When nothing runs that could give slots back, any
    ///   size will do all the same.
    private func resumeSize(of trial: TrialID, in view: SweepView, exactly: Bool) -> Int? {
        let wanted = view.wholeUnits(min(book.state(of: trial).pausedSlots, view.maxSlots))
        if wanted <= view.largestFree { return wanted }
        if exactly && !view.running.isEmpty { return nil }
        return view.largestFree >= view.minSlots ? view.wholeUnits(view.largestFree) : nil
    }
}

extension SweepView {
    /// `slots` rounded down to a multiple of `minSlots`, at least one.
    func wholeUnits(_ slots: Int) -> Int { max(minSlots, slots / minSlots * minSlots) }
}
