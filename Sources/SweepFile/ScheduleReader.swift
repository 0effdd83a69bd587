import HyperSchedProtocol

/// The block `hypersched:`, with W&B's `early_terminate` and `run_cap`, which say the same in W&B's words.
struct ScheduleReader {
    /// What the block says, with every default filled in.
    struct Schedule {
        var deadline: Timestamp
        var policy: PolicySpec
        var steps: StepRange
        var slots: SlotRequest
        var limits: SweepLimits
        var retry: RetryRule
        var checkpoint: CheckpointRule
        var onNaN: NaNRule
        var priority: Int
        var weight: Double?
        var budget: SweepBudget?
        var seed: UInt64
        var reportPatterns: [String]?
    }

    let top: Section
    let now: Timestamp
    let defaultSeed: UInt64

    private static let knownKeys = [
        "deadline", "in", "policy", "steps", "slots", "limits", "retry", "checkpoint", "on_nan", "priority", "weight",
        "budget", "seed", "external", "report_pattern",
    ]

    func schedule() -> Schedule? {
        guard top.has("hypersched") else {
            top.error(
                "hypersched", "missing: the deadline and how long one trial may train",
                fix:
                    "write 'hypersched: {in: 6h, steps: {unit: epoch, max: 30}}', here or in a second file (-f), or "
                    + "say --deadline 6h --max-steps 30 on the command line")
            return nil
        }
        guard let block = top.section("hypersched") else { return nil }
        block.check(known: Self.knownKeys)
        let hyperband = EarlyTermination(top: top)
        let deadline = deadline(block)
        let steps = StepsReader(block: block, hyperband: hyperband).steps()
        let policyReader = PolicyReader(block: block, hyperband: hyperband)
        let policy = policyReader.policy()
        policyReader.refuseTooManyPoints(policy, steps)
        let slots = slots(block)
        let rules = RulesReader(top: top, block: block)
        let (limits, retry, checkpoint, onNaN) = (rules.limits(), rules.retry(), rules.checkpoint(), rules.onNaN())
        let sharing = SharingReader(block: block)
        let (priority, weight, budget) = (sharing.priority(), sharing.weight(), sharing.budget())
        let seed = seed(block)
        let patterns = ReportPatternReader(top: top, block: block).patterns()
        guard let deadline, let steps, let policy, let slots, let limits, let retry, let checkpoint, let onNaN,
            let priority, let seed
        else { return nil }
        return Schedule(
            deadline: deadline, policy: policy, steps: steps, slots: slots, limits: limits, retry: retry,
            checkpoint: checkpoint, onNaN: onNaN, priority: priority, weight: weight, budget: budget, seed: seed,
            reportPatterns: patterns)
    }

    private func deadline(_ block: Section) -> Timestamp? {
        switch (block.has("deadline"), block.has("in")) {
        case (true, true):
            block.error("in", "there is also 'deadline': which one counts?", fix: "keep one of the two")
            return nil
        case (false, false):
            block.error(
                "deadline", "missing: when the best model is needed",
                fix: "write 'deadline: 2026-12-01T08:00:00+09:00' or 'in: 6h', or say --deadline 6h on the command line"
            )
            return nil
        case (false, true): return block.duration("in").map(now.advanced(bySeconds:))
        case (true, false): return instant(block)
        }
    }

    private func instant(_ block: Section) -> Timestamp? {
        guard let text = block.text("deadline") else { return nil }
        let example = "write, for example, 2026-12-01T08:00:00+09:00 or 2026-11-30T23:00:00Z; or 'in: 6h'"
        guard let instant = Timestamp(rfc3339: text) else {
            let lacksZone = Timestamp(rfc3339: text + "Z") != nil
            let why = lacksZone ? "has no time zone, so nobody knows which instant it means" : "is not an instant"
            block.error(
                "deadline", "'\(text)' \(why)", fix: lacksZone ? "write \(text)Z for UTC, or \(text)+09:00" : example)
            return nil
        }
        guard instant > now else {
            block.error("deadline", "\(text) is in the past (it is \(now.rfc3339))", fix: "choose an instant to come")
            return nil
        }
        return instant
    }

    private func slots(_ block: Section) -> SlotRequest? {
        guard block.has("slots") else { return SlotRequest() }
        guard let section = block.section("slots") else { return nil }
        section.check(known: ["kind", "min", "max", "labels", "agents"])
        let gang = GangReader(section: section)
        if gang.isAsked { return gang.request(labels: section.has("labels") ? labels(section) : [:]) }
        let kind = section.has("kind") ? section.choice("kind", as: SlotKind.self) : .cpu
        let min = section.has("min") ? section.integer("min", in: 1...4096) : 1
        let max = section.integer("max", in: 1...4096)
        let labels = section.has("labels") ? labels(section) : [:]
        guard let kind, let min, let labels, !section.has("max") || max != nil else { return nil }
        guard min <= max ?? min else {
            section.error("min", "\(min) is larger than max (\(max ?? min))", fix: "exchange the two")
            return nil
        }
        return SlotRequest(kind: kind, min: min, max: max, labels: labels)
    }

    private func labels(_ section: Section) -> [String: String]? {
        guard let labels = section.section("labels") else { return nil }
        var pairs: [String: String] = [:]
        for key in labels.keys {
            guard let text = labels.text(key) else {
                if !labels.has(key) { labels.error(key, "has no value", fix: "write '\(key): VALUE'") }
                return nil
            }
            pairs[key] = text
        }
        return pairs
    }

    private func seed(_ block: Section) -> UInt64? {
        guard let scalar = block.scalar("seed", expected: "a whole number") else {
            return block.has("seed") ? nil : defaultSeed
        }
        guard let seed = UInt64(scalar.text) else {
            block.error(
                "seed", "expected a whole number from 0 to \(UInt64.max), found '\(scalar.text)'",
                fix: "write 1, for example")
            return nil
        }
        return seed
    }
}
