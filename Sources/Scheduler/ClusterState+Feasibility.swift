public import HyperSchedProtocol

/// What is known of a program's speed before its sweep has trained anything.
extension ClusterState {
    /// So many of the latest sweeps are looked through.
    private static let mostSweeps = 200

    /// The speed of the latest sweep with the same program and the same kind of steps that has trained something, and
    /// whose it is; nil: there is none.
    public func pace(for spec: SweepSpec) -> (pace: MeasuredPace, sweep: SweepID)? {
        for id in sweepIDs.suffix(Self.mostSweeps).reversed() {
            let runtime = runtimes[id]!
            let other = runtime.record.spec
            guard other.program == spec.program, other.steps.unit == spec.steps.unit,
                other.steps.isTimed == spec.steps.isTimed, other.slots.kind == spec.slots.kind,
                let pace = measuredPace(of: id) ?? runtime.record.pace
            else { continue }
            return (pace, id)
        }
        return nil
    }

    /// What the sweep's own trials have shown so far; nil: nothing yet, or it has ended and given it back.
    func measuredPace(of id: SweepID) -> MeasuredPace? {
        let runtime = runtimes[id]!
        guard let base = runtime.forecaster.speed.typicalBase else { return nil }
        let spec = runtime.record.spec
        return MeasuredPace(
            setupSeconds: runtime.forecaster.speed.setup, stepSeconds: base, minSlots: spec.slots.min,
            unit: spec.steps.unit)
    }

    /// O42: whether a new trial of such a sweep could get anywhere; nil: nothing is known of its speed.
    public func feasibility(of spec: SweepSpec, at now: Timestamp) -> Feasibility? {
        let left = spec.deadline.seconds(since: now) - settings.minimumStopReserveSeconds
        if let (pace, sweep) = pace(for: spec) {
            return Feasibility(spec, pace: pace, timeLeft: left, known: "sweep \(sweep)")
        }
        guard spec.steps.isTimed else { return nil }
        let pace = MeasuredPace(setupSeconds: 0, stepSeconds: 1, minSlots: spec.slots.min, unit: spec.steps.unit)
        return Feasibility(spec, pace: pace, timeLeft: left, known: "the best case")
    }

    /// The same of a sweep that is there, as long as none of its trials has a score.
    func feasibilityWarnings(_ sweep: SweepID, at now: Timestamp) -> [String] {
        let runtime = runtimes[sweep]!
        guard runtime.incumbent == nil else { return [] }
        let found = feasibility(of: runtime.record.spec, at: now)
        return [found?.obstacle, found?.remark].compactMap(\.self)
    }
}
