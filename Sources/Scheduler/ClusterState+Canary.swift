internal import HyperSchedProtocol

/// The first trial of a sweep runs alone until it has reported, or has lived for a while: a command with a mistake in
/// it fails once, not on every slot.
extension ClusterState {
    /// `auto`: fewer trials side by side are not worth the wait.
    private static let mostAtOnce = 4
    /// Of the time to the deadline the canary takes at most this part.
    private static let largestPart = 0.02

    /// nil: the sweep starts with all its trials at once.
    func firstCanary(for spec: SweepSpec) -> CanaryProgress? {
        switch spec.canary ?? .off {
        case .off: return nil
        case .on: return CanaryProgress()
        case .auto:
            let isKnown = sweepIDs.contains {
                let record = runtimes[$0]!.record
                return record.hasReported == true && record.spec.program == spec.program
            }
            return isKnown ? nil : CanaryProgress()
        }
    }

    /// The sweep may start nothing: it is paused, or its canary runs alone.
    func mayStartNothing(_ sweep: SweepID, at now: Timestamp) -> Bool {
        let runtime = runtimes[sweep]!
        if runtime.record.pause?.by == .user { return true }
        guard let canary = runtime.record.canary, !runtime.running.isEmpty else { return false }
        return canary.until.map { now < $0 } ?? false
    }

    /// A trial is about to be started.
    mutating func noteCanary(of sweep: SweepID, _ room: SlotRoom, at now: Timestamp) {
        let runtime = runtimes[sweep]!
        guard let canary = runtime.record.canary else { return }
        // The last one has lived long enough, or was the only one to come.
        let isProven = canary.until.map { now >= $0 } == true && !runtime.running.isEmpty
        let isSmall =
            runtime.record.spec.canary == .auto
            && room.capacity / runtime.record.spec.slots.min <= Self.mostAtOnce
        if isProven || isSmall { return endCanary(of: sweep) }
        let seconds = min(settings.canarySeconds, runtime.record.spec.deadline.seconds(since: now) * Self.largestPart)
        runtimes[sweep]!.record.canary!.until = now.advanced(bySeconds: seconds)
        pending.sweeps.insert(sweep)
    }

    mutating func endCanary(of sweep: SweepID) {
        guard runtimes[sweep]!.record.canary != nil else { return }
        runtimes[sweep]!.record.canary = nil
        pending.sweeps.insert(sweep)
    }

    /// The command works on this cluster.
    mutating func noteHasReported(_ sweep: SweepID) {
        guard runtimes[sweep]!.record.hasReported == nil else { return }
        runtimes[sweep]!.record.hasReported = true
        pending.sweeps.insert(sweep)
    }
}
