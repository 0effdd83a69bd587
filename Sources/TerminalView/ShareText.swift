public import HyperSchedProtocol

/// How a sweep shares slots with others, and what it has used up.
public enum ShareText {
    /// nil: nobody else wants slots of its kind.
    public static func share(_ sweep: SweepSummary) -> String? {
        guard let share = sweep.share else { return nil }
        let spec = sweep.spec
        let terms =
            (spec.priority == 0 ? "" : "priority \(spec.priority), ")
            + "weight \(ValueText.number(spec.effectiveWeight))"
        let right = share.now == share.fair ? "" : ", now \(share.now)"
        return "\(share.fair) of \(sweep.slotsUsable) slots among \(share.sweeps) sweeps (\(terms))\(right); holds "
            + "\(sweep.slotsHeld), could use \(share.wanted), its best trial needs \(share.minimum)"
    }

    /// nil: there is no budget.
    public static func budget(_ sweep: SweepSummary) -> String? {
        guard let budget = sweep.spec.budget else { return nil }
        let used = sweep.slotHoursUsed ?? 0
        let percent = Int((100 * min(used / budget.slotHours, 1)).rounded())
        return "\(hours(used)) of \(ValueText.number(budget.slotHours)) slot-hours used (\(percent) %)"
    }

    /// `2.54`
    static func hours(_ hours: Double) -> String { ValueText.number(hours, digits: 3) }

    /// For below a table; empty where there is nothing to say.
    public static func lines(_ sweep: SweepSummary, width: Int) -> [StyledLine] {
        [share(sweep).map { "share  \($0)" }, budget(sweep).map { "budget \($0)" }].compactMap(\.self)
            .map { StyledLine($0).clipped(to: width) }
    }
}
