import HyperSchedProtocol

/// `hypersched.steps`: how far a trial may train.
struct StepsReader {
    let block: Section
    let hyperband: EarlyTermination

    private static let largest = 1_000_000_000
    private static let unitsOfTime = ["s", "sec", "second", "seconds", "minute", "minutes", "hour", "hours"]

    func steps() -> StepRange? {
        guard block.has("steps") || hyperband.lastStep != nil else {
            block.error(
                "steps", "missing: at how many steps a trial is complete", fix: "write 'steps: {unit: epoch, max: 30}'")
            return nil
        }
        guard block.has("steps") else { return range(unit: "step", min: hyperband.firstRung, max: hyperband.lastStep) }
        guard let section = block.section("steps") else { return nil }
        section.check(known: ["unit", "min", "max"])
        guard let unit = unit(section) else { return nil }
        let max = section.has("max") ? section.integer("max", in: 1...Self.largest) : hyperband.lastStep
        let min = section.has("min") ? section.integer("min", in: 1...Self.largest) : hyperband.firstRung ?? 1
        if !section.has("max"), max == nil {
            section.error("max", "missing: at how many steps a trial is complete", fix: "write 'max: 30'")
        }
        guard let min, let max else { return nil }
        return range(unit: unit, min: min, max: max)
    }

    private func range(unit: String, min: Int?, max: Int?) -> StepRange? {
        let max = max ?? 1
        let min = min ?? 1
        guard min <= max else {
            block.error("steps", "min (\(min)) is larger than max (\(max))", fix: "exchange the two")
            return nil
        }
        return StepRange(unit: unit, min: min, max: max)
    }

    private func unit(_ section: Section) -> String? {
        let unit = section.has("unit") ? section.text("unit") : "step"
        guard let unit, !Self.unitsOfTime.contains(unit.lowercased()) else {
            if unit != nil {
                section.error(
                    "unit", "steps in units of time are not yet available",
                    fix: "count epochs or optimiser steps; limit time by 'limits.trial_wall'")
            }
            return nil
        }
        guard !unit.isEmpty, unit.count <= 32, !unit.unicodeScalars.contains(where: \.isControl) else {
            section.error("unit", "expected one word", fix: "write 'unit: epoch'")
            return nil
        }
        return unit
    }
}
