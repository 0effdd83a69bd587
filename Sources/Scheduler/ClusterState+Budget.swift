public import HyperSchedProtocol

/// Slot-hours: what a sweep has used, and may use.
extension ClusterState {
    /// Slots × seconds that the sweep's attempts have held slots, those that run included.
    public func slotSecondsUsed(by sweep: SweepID, at now: Timestamp) -> Double {
        guard let runtime = runtimes[sweep] else { return 0 }
        let running = Int64(runtime.heldSlots) * now.milliseconds - runtime.heldStarts
        return Double((runtime.record.usedSlotMilliseconds ?? 0) + running) / 1000
    }

    /// nil: there is no budget.
    private func budgetLeft(of sweep: SweepID, at now: Timestamp) -> Double? {
        runtimes[sweep]!.record.spec.budget.map { $0.slotHours * 3600 - slotSecondsUsed(by: sweep, at: now) }
    }

    /// When the budget would be used up if the sweep held so many slots from now on; nil: there is none.
    func budgetLasts(of sweep: SweepID, slots: Int, at now: Timestamp) -> Timestamp? {
        budgetLeft(of: sweep, at: now).map { now.advanced(bySeconds: max(0, $0) / Double(max(1, slots))) }
    }

    /// Slot-seconds that last checkpoints may take.
    private func budgetReserve(of sweep: SweepID) -> Double {
        let runtime = runtimes[sweep]!
        return Double(max(runtime.heldSlots, runtime.record.spec.slots.min)) * stopReserve(of: sweep)
    }

    /// The budget leaves room for so many more slots and the last checkpoints of all; or the sweep would end at once.
    func canAfford(_ slots: Int, for sweep: SweepID, at now: Timestamp) -> Bool {
        guard let left = budgetLeft(of: sweep, at: now) else { return true }
        return left > Double(runtimes[sweep]!.heldSlots + slots) * stopReserve(of: sweep)
    }

    /// When trials are told to stop for the budget, as things stand; nil: there is none, or nothing runs.
    func budgetEnds(of sweep: SweepID, at now: Timestamp) -> Timestamp? {
        guard !runtimes[sweep]!.record.state.isTerminal, runtimes[sweep]!.heldSlots > 0,
            let left = budgetLeft(of: sweep, at: now)
        else { return nil }
        let seconds = (left - budgetReserve(of: sweep)) / Double(runtimes[sweep]!.heldSlots)
        // Up to the next millisecond, so that it has come when the clock says so.
        return Timestamp(milliseconds: now.milliseconds + Int64((max(0, seconds) * 1000).rounded(.up)))
    }

    /// Ends the sweep while there is just enough left for last checkpoints.
    mutating func enforceBudget(of sweep: SweepID, at now: Timestamp) {
        guard let left = budgetLeft(of: sweep, at: now), left <= budgetReserve(of: sweep),
            !runtimes[sweep]!.record.state.isTerminal, let budget = runtimes[sweep]!.record.spec.budget
        else { return }
        let text = "the budget of \(budget.slotHours.shortText) slot-hours is used up"
        let numbers = ["slot_hours": budget.slotHours, "slot_seconds_left": left]
        decide(.finish, Reason(.budget, text, numbers: numbers), sweep: sweep, at: now)
        for trial in runtimes[sweep]!.running { stop(trial, goal: .stop, then: .deadline, reason: text, at: now) }
        endSweep(sweep, as: .finished, reason: text, at: now)
    }
}
