internal import HyperSchedProtocol

extension HyperSchedPolicy {
    /// Only the reporting trial, once its cooldown is over. A smaller share is taken at once, as published; a larger
    /// one only when all of it is free and the gain by the deadline is above the threshold.
    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict {
        // A trial without a durable checkpoint would lose all its work.
        guard view.timeLeft > 0, let running = view.runningTrial(trial.id), running.hasCheckpoint,
            book.state(of: trial.id).cooldown < 0
        else { return .keep }
        let draws = CounterRandom(seed: seed).stream("allocation").stream(UInt64(bitPattern: trial.id.rawValue))
            .stream(UInt64(bitPattern: Int64(trial.scoredReports)))
        let units = units(of: running, allocation(view, options.allocation, draws), view)
        let target = onGrid(units) * view.minSlots
        guard target != running.slots else { return .keep }
        let free = min(view.freeBeside, running.freeBeside)
        let reason: Reason
        if target < running.slots {
            // Published: the grid is looked at here only.
            guard units == roundedToGrid(units) || !options.publishedSlips else { return .keep }
            reason = shrinkReason(running, target, view)
        } else if target - running.slots <= free, grows(running, to: target, view) {
            reason = growReason(running, target, view)
        } else {
            return .keep
        }
        book.setCooldown(options.cooldownReports, of: trial.id)
        return .resize(to: target, reason)
    }

    private func units(of running: RunningTrial, _ allocation: Allocation, _ view: SweepView) -> Int {
        if allocation.goesByRank { return allocation.units(of: running.rank, among: view.running.ranked) }
        return zip(view.running.ids, allocation.targets(shares(view))).first { $0.0 == running.trial }!.1
    }

    private func shares(_ view: SweepView) -> [Allocation.Share] {
        view.running.map { Allocation.Share(trial: $0.trial, score: $0.lastScore, isFiller: $0.isFiller) }
    }

    private func allocation(
        _ view: SweepView, _ rule: HyperSchedOptions.Allocation, _ random: CounterRandom
    ) -> Allocation {
        Allocation(
            rule: rule, units: view.capacity / view.minSlots, maxUnits: max(1, view.maxSlots / view.minSlots),
            unscoredFirst: options.publishedSlips && metric.goal == .maximize, random: random)
    }

    private func onGrid(_ units: Int) -> Int { options.publishedSlips ? units : roundedToGrid(units) }

    private func roundedToGrid(_ units: Int) -> Int {
        guard let grid = options.allocationGrid, units >= grid else { return units }
        return units / grid * grid
    }

    private var restartSeconds: Double { options.countOverhead ? estimates.setup : 0 }

    private func grows(_ running: RunningTrial, to target: Int, _ view: SweepView) -> Bool {
        let gain = scaling.gain(
            from: running.slots, to: target, timeLeft: view.timeLeft, restart: restartSeconds)
        return gain > options.gainThreshold
    }

    /// Some running trial will want free slots at one of its next reports. One that reports but never writes a
    /// checkpoint can not be resized and does not count.
    func someoneCanGrow(_ view: SweepView) -> Bool {
        let allocation = expectedAllocation(view)
        if allocation.goesByRank {
            return view.running.containsWithRoom {
                growth($0, units: allocation.units(of: $0.rank, among: view.running.ranked), view) != nil
            }
        }
        return zip(view.running, allocation.targets(shares(view))).contains { growth($0, units: $1, view) != nil }
    }

    /// Running trials that would take free slots, each as if it were the only one.
    func growths(_ view: SweepView) -> [SlotWish.Growth] {
        zip(view.running, expectedAllocation(view).targets(shares(view))).compactMap { growth($0, units: $1, view) }
    }

    private func expectedAllocation(_ view: SweepView) -> Allocation {
        // A random deal is not known before it is drawn; an even one stands for it.
        let rule = options.allocation == .random ? .uniform : options.allocation
        return allocation(view, rule, CounterRandom(seed: seed))
    }

    private func growth(_ running: RunningTrial, units: Int, _ view: SweepView) -> SlotWish.Growth? {
        let target = onGrid(units) * view.minSlots
        guard running.hasCheckpoint || running.lastScore == nil, target > running.slots,
            target - running.slots <= min(view.totalFree, running.freeBeside), grows(running, to: target, view)
        else { return nil }
        return SlotWish.Growth(trial: running.trial, slots: target - running.slots)
    }

    // MARK: Reasons

    private func growReason(_ running: RunningTrial, _ target: Int, _ view: SweepView) -> Reason {
        let gain = scaling.gain(
            from: running.slots, to: target, timeLeft: view.timeLeft, restart: restartSeconds)
        let speed = scaling.speed(slots: target) / scaling.speed(slots: running.slots)
        let text =
            "grows from \(running.slots) to \(target) slots: \(gain.shortText) times the work in the "
            + "\(view.timeLeft.shortText) s left (\(speed.shortText) times the speed, "
            + "\(max(0, restartSeconds).shortText) s to restart), more than \(options.gainThreshold.shortText)"
        var numbers = resizeNumbers(running, target, view)
        numbers["gain"] = gain
        numbers["threshold"] = options.gainThreshold
        return Reason(.resizeGain, text, numbers: numbers, rivals: rivals(of: running, view))
    }

    private func shrinkReason(_ running: RunningTrial, _ target: Int, _ view: SweepView) -> Reason {
        let text =
            "shrinks from \(running.slots) to \(target) slots: \(view.running.count) running trials share "
            + "\(view.capacity) slots"
        return Reason(
            .resizeShare, text, numbers: resizeNumbers(running, target, view), rivals: rivals(of: running, view))
    }

    private func resizeNumbers(_ running: RunningTrial, _ target: Int, _ view: SweepView) -> [String: Double] {
        [
            "slots": Double(running.slots), "target": Double(target), "time_left": view.timeLeft,
            "setup": restartSeconds, "capacity": Double(view.capacity), "running": Double(view.running.count),
        ]
    }

    private func rivals(of running: RunningTrial, _ view: SweepView) -> [TrialID] {
        let others = view.running.leaders(4).filter { $0 != running.trial }
        return Array(others.filter { view.running[$0]!.lastScore != nil }.prefix(3))
    }
}
