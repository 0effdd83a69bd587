internal import HyperSchedProtocol

extension DeadlinePolicy {
    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict {
        let moment = moment(view)
        guard let running = view.runningTrial(trial.id) else { return .keep }
        let held = max(1, running.slots / view.minSlots)
        guard !moment.admits || !(view.canCreate || !view.waiting.isEmpty) else { return .keep }
        let plan = plan(view, moment)
        guard let units = growth(running, held, plan, view, moment), units != held else { return .keep }
        let reason = Reason(
            .resizeGain, "grows from \(running.slots) to \(units * view.minSlots) slots", numbers: moment.numbers)
        return .resize(to: units * view.minSlots, reason)
    }

    /// The size that the trial should and can grow to now; nil: none.
    func growth(
        _ running: RunningTrial, _ held: Int, _ plan: DeadlinePlan, _ view: SweepView, _ moment: DeadlineMoment
    ) -> Int? {
        let speed = forecaster.speed
        let wanted = plan.units(of: running.trial)
        guard wanted > held, running.hasCheckpoint, let sketch = forecaster.sketch(of: running.trial),
            sketch.sinceStart >= 3 * speed.setup
        else { return nil }
        let free = min(view.totalFree, running.freeBeside) / view.minSlots
        let units = min(wanted, Self.buddy(held + free))
        guard units > held, let step = speed.stepSeconds(of: running.trial, units: units) else { return nil }
        let gain = speed.speed(units) * (moment.timeLeft - 2 * speed.setup) / (speed.speed(held) * moment.timeLeft)
        return gain > 1.1 && moment.timeLeft > speed.setup + step ? units : nil
    }
}
