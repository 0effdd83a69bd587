import HyperSchedProtocol

/// `hypersched.steps`: how far a trial may train, in steps of its program or in time.
struct StepsReader {
    let block: Section
    let hyperband: EarlyTermination

    private static let largest = 1_000_000_000
    /// The first rung where the file names none and time is what counts: a 64th of the end, three rungs below it with a
    /// reduction factor of 4. A second would be over before a program has said anything.
    private static let timedRungs = 64

    func steps() -> StepRange? {
        guard block.has("steps") || hyperband.lastStep != nil else {
            block.error(
                "steps", "missing: at how many steps a trial is complete",
                fix: "write 'steps: {unit: epoch, max: 30}', or say --max-steps 30 on the command line")
            return nil
        }
        guard block.has("steps") else { return range(unit: "step", min: hyperband.firstRung, max: hyperband.lastStep) }
        guard let section = block.section("steps") else { return nil }
        section.check(known: ["unit", "min", "max"])
        guard let unit = unit(section) else { return nil }
        if let seconds = Self.secondsPerUnit(unit) { return timed(section, seconds) }
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
        guard isOrdered(min, max) else { return nil }
        return StepRange(unit: unit, min: min, max: max)
    }

    private func isOrdered(_ min: Int, _ max: Int) -> Bool {
        guard min > max else { return true }
        block.error("steps", "min (\(min)) is larger than max (\(max))", fix: "exchange the two")
        return false
    }

    private func unit(_ section: Section) -> String? {
        guard let unit = section.has("unit") ? section.text("unit") : "step" else { return nil }
        guard !unit.isEmpty, unit.count <= 32, !unit.unicodeScalars.contains(where: \.isControl) else {
            section.error("unit", "expected one word", fix: "write 'unit: epoch'")
            return nil
        }
        return unit
    }

    // MARK: Time

    private static func secondsPerUnit(_ unit: String) -> Int? {
        switch unit.lowercased() {
        case "s", "sec", "second", "seconds": 1
        case "min", "minute", "minutes": 60
        case "h", "hour", "hours": 3600
        default: nil
        }
    }

    /// Stored in whole seconds, whatever the unit.
    private func timed(_ section: Section, _ unitSeconds: Int) -> StepRange? {
        if hyperband.isPresent, hyperband.lastStep != nil || hyperband.firstRung != nil {
            section.warn("unit", "min_iter and max_iter of early_terminate count steps and are left out")
        }
        guard section.has("max") else {
            section.error("max", "missing: after how much training a trial is complete", fix: "write 'max: 1h'")
            return nil
        }
        let max = seconds(section, "max", unitSeconds)
        let min =
            section.has("min") ? seconds(section, "min", unitSeconds) : max.map { Swift.max(1, $0 / Self.timedRungs) }
        guard let min, let max, isOrdered(min, max) else { return nil }
        return StepRange(unit: "second", min: min, max: max, countsSeconds: true)
    }

    /// `90` in the unit, or `1h30m` whatever the unit.
    private func seconds(_ section: Section, _ key: String, _ unitSeconds: Int) -> Int? {
        let expected = "a number of the unit or a duration such as 90s or 1h30m"
        guard let scalar = section.scalar(key, expected: expected) else { return nil }
        let seconds = scalar.number.map { $0 * Double(unitSeconds) } ?? DurationText.seconds(scalar.text)
        guard let seconds, seconds >= 1, seconds <= Double(Self.largest), let whole = Int(exactly: seconds) else {
            section.error(
                key, "expected \(expected), whole seconds and at least one, found '\(scalar.text)'",
                fix: "write '\(key): 10m', for example")
            return nil
        }
        return whole
    }
}
