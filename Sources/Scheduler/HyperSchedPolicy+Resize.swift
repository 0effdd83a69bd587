internal import HyperSchedProtocol

extension HyperSchedPolicy {
    /// Only the reporting trial, once its cooldown is over. A smaller share is taken at once, as published; a larger
    /// one only when all of it is free and the gain by the deadline is above the threshold.
    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict {
        // A trial without a durable checkpoint would lose all its work.
        guard view.timeLeft > 0, let running = view.runningTrial(trial.id), running.hasCheckpoint,
            book.state(of: trial.id).cooldown < 0
        else { return .keep }
        let shares = shares(view)
        let draws = CounterRandom(seed: seed).stream("allocation").stream(UInt64(bitPattern: trial.id.rawValue))
            .stream(UInt64(bitPattern: Int64(trial.scoredReports)))
        let targets = allocation(view, options.allocation, draws).targets(shares)
        let units = targets[shares.firstIndex { $0.trial == trial.id }!]
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

    private func shares(_ view: SweepView) -> [Allocation.Share] {
        view.running.map {
            Allocation.Share(trial: $0.trial, score: $0.lastScore, isFiller: book.isFiller($0.trial))
        }
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
        zip(view.running, expectedTargets(view)).contains { growth($0, units: $1, view) != nil }
    }

    /// Running trials that would take free slots, each as if it were the only one.
    func growths(_ view: SweepView) -> [SlotWish.Growth] {
        zip(view.running, expectedTargets(view)).compactMap { growth($0, units: $1, view) }
    }

    private func expectedTargets(_ view: SweepView) -> [Int] {
        // A random deal is not known before it is drawn; an even one stands for it.
        let rule = options.allocation == .random ? .uniform : options.allocation
        return allocation(view, rule, CounterRandom(seed: seed)).targets(shares(view))
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
        let others = view.running.filter { $0.trial != running.trial && $0.lastScore != nil }
        return Array(
            others.sorted { ($0.lastScore!, $1.trial) > ($1.lastScore!, $0.trial) }.map(\.trial).prefix(3))
    }
}
