public import HyperSchedProtocol

/// Whether a new trial can get anywhere before the deadline (the feasibility check of RubberBand: Misra et al.,
/// "RubberBand: cloud-based hyperparameter tuning", EuroSys 2021), from what is known of the program's speed.
public struct Feasibility: Hashable, Sendable {
    /// No trial can reach the first rung; nil: one can.
    public var obstacle: String?
    /// No trial can reach the last step on `slots.min` slots; nil: one can, or there is an obstacle.
    public var remark: String?

    /// - Parameters:
    ///   - timeLeft: seconds in which trials may train.
    ///   - known: whose speed it is: "this sweep", "sweep 12".
    public init(_ spec: SweepSpec, pace: MeasuredPace, timeLeft: Double, known: String) {
        let (first, last) = (pace.seconds(to: spec.steps.min), pace.seconds(to: spec.steps.max))
        let slots = "\(pace.minSlots) \(pace.minSlots == 1 ? "slot" : "slots")"
        let speed =
            spec.steps.isTimed
            ? "a start takes \(Self.text(pace.setupSeconds)) in \(known)"
            : "a start takes \(Self.text(pace.setupSeconds)) and one \(spec.steps.unit) \(Self.text(pace.stepSeconds)) "
                + "on \(slots) in \(known)"
        let left = "\(Self.text(max(0, timeLeft))) are left for training"
        if first > timeLeft {
            obstacle =
                "no trial can reach the first rung (\(Self.steps(spec.steps.min, spec))): \(speed), so that needs "
                + "\(Self.text(first)), but \(left). Choose a later deadline or a smaller steps.min"
        } else if last > timeLeft {
            remark =
                "no trial can reach \(Self.steps(spec.steps.max, spec)) on \(slots): \(speed), so that needs "
                + "\(Self.text(last)), but \(left)"
        }
        guard obstacle == nil, let budget = spec.budget else { return }
        let seconds = budget.slotHours * 3600 / Double(spec.slots.min)
        if first > seconds {
            obstacle =
                "budget.slot_hours is \(budget.slotHours.shortText), \(Self.text(seconds)) of one trial on "
                + "\(slots), but the first rung (\(Self.steps(spec.steps.min, spec))) needs \(Self.text(first)): "
                + speed
            remark = nil
        }
    }

    private static func steps(_ count: Int, _ spec: SweepSpec) -> String {
        spec.steps.isTimed ? "\(count) s of training" : "\(spec.steps.unit) \(count)"
    }

    private static func text(_ seconds: Double) -> String { seconds.shortText + " s" }
}
