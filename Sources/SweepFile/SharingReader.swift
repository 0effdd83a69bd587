import HyperSchedProtocol
import Yams

/// How the sweep shares slots with others, and what it may use up in all.
struct SharingReader {
    let block: Section

    /// 0 where the file does not say; nil: noted as a mistake.
    func priority() -> Int? { block.has("priority") ? block.integer("priority", in: SweepAdjustment.priorities) : 0 }

    /// nil where the file does not say.
    func weight() -> Double? {
        block.number("weight", expected: "a number from 0 to 1000, 1 being the weight of a sweep that says nothing") {
            SweepAdjustment.weights.contains($0)
        }
    }

    /// nil where the file does not say.
    func budget() -> SweepBudget? {
        guard block.has("budget") else { return nil }
        guard block.value("budget")?.mapping != nil else {
            block.error(
                "budget", "expected slot-hours: slots times hours", fix: "write 'budget: {slot_hours: 10}'")
            return nil
        }
        guard let section = block.section("budget") else { return nil }
        guard
            section.check(
                known: ["slot_hours"],
                later: ["hours": "for time write 'in' or 'deadline'; slot-hours are slots times hours"])
        else { return nil }
        guard section.has("slot_hours") else {
            section.error("slot_hours", "missing: how many slot-hours the sweep may use", fix: "write 'slot_hours: 10'")
            return nil
        }
        let hours = section.number("slot_hours", expected: "a number larger than 0, at most 1e9") {
            $0 > 0 && $0 <= SweepAdjustment.mostSlotHours
        }
        return hours.map { SweepBudget(slotHours: $0) }
    }
}
