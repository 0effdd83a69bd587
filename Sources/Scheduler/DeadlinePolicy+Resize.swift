internal import HyperSchedProtocol

extension DeadlinePolicy {
    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict {
        guard options.consolidates, let running = view.running[trial.id] else { return .keep }
        let moment = moment(view)
        guard !isOpen(moment, view), moment.limit > 1 else { return .keep }
        let contest = contest(moment, view)
        guard contest.units > max(1, running.slots / view.minSlots), isFinalist(trial.id, contest),
            let units = growth(running, contest, view, moment)
        else { return .keep }
        let reason = Reason(
            .resizeGain, "grows from \(running.slots) to \(units * view.minSlots) slots", numbers: moment.numbers)
        return .resize(to: units * view.minSlots, reason)
    }

    /// The size that a finalist should and can grow to now; nil: none.
    func growth(
        _ running: RunningTrial, _ contest: DeadlineContest, _ view: SweepView, _ moment: DeadlineMoment
    ) -> Int? {
        let held = max(1, running.slots / view.minSlots)
        let free = min(view.totalFree, running.freeBeside) / view.minSlots
        let units = min(contest.units, Self.buddy(held + free))
        guard running.hasCheckpoint, units > held, pays(running.trial, held, units, moment) else { return nil }
        return units
    }

    /// The restart pays for itself: more than a tenth more work by the deadline.
    func pays(_ trial: TrialID, _ held: Int, _ units: Int, _ moment: DeadlineMoment) -> Bool {
        let speed = forecaster.speed
        guard let step = speed.stepSeconds(of: trial, units: units), moment.timeLeft > moment.setup + step
        else { return false }
        let gain = speed.speed(units) * (moment.timeLeft - 2 * moment.setup) / (speed.speed(held) * moment.timeLeft)
        return gain > 1.1
    }
}
