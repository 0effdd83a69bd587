import HyperSchedProtocol

/// Limits and what happens when something goes wrong.
struct RulesReader {
    let top: Section
    let block: Section

    private static let largestTrialCount = 1_000_000

    func limits() -> SweepLimits? {
        var limits = SweepLimits()
        let cap = top.integer("run_cap", in: 1...Self.largestTrialCount)
        if let cap { limits.trials = cap }
        guard block.has("limits") else { return top.has("run_cap") && cap == nil ? nil : limits }
        guard let section = block.section("limits") else { return nil }
        section.check(
            known: ["trials", "trial_wall", "no_report"],
            later: ["disk": "give the agents a disk of their own; checkpoints of ended trials are pruned"])
        let trials = section.has("trials") ? section.integer("trials", in: 1...Self.largestTrialCount) : limits.trials
        guard let trials else { return nil }
        if let cap, section.has("trials"), cap != trials {
            section.warn("trials", "run_cap says \(cap) and limits.trials \(trials): the smaller one counts")
        }
        limits.trials = min(trials, cap ?? trials)
        limits.trialWallSeconds = section.duration("trial_wall")
        limits.noReportSeconds = section.duration("no_report")
        return limits
    }

    func retry() -> RetryRule? {
        guard block.has("retry") else { return RetryRule() }
        guard let section = block.section("retry") else { return nil }
        section.check(known: ["max"])
        guard section.has("max") else { return RetryRule() }
        return section.integer("max", in: 0...100).map { RetryRule(max: $0) }
    }

    func checkpoint() -> CheckpointRule? {
        guard block.has("checkpoint") else { return CheckpointRule() }
        guard let section = block.section("checkpoint") else { return nil }
        section.check(known: ["grace", "keep", "store"])
        checkKeep(section)
        let place = section.has("store") ? place(section) : nil
        guard !section.has("store") || place != nil else { return nil }
        guard section.has("grace") else { return CheckpointRule(place: place) }
        guard let seconds = section.duration("grace") else { return nil }
        guard seconds <= 3600 else {
            section.error("grace", "longer than an hour", fix: "write at most 1h: the slots stay blocked for so long")
            return nil
        }
        return CheckpointRule(graceSeconds: seconds, place: place)
    }

    private func place(_ section: Section) -> CheckpointPlace? {
        guard let text = section.text("store") else { return nil }
        if let place = CheckpointPlace(text) { return place }
        section.error(
            "store", "expected an absolute path or s3://bucket/prefix (letters, digits, _, - and .), found '\(text)'",
            fix: "write '/shared/checkpoints' or 's3://bucket/checkpoints', or leave it out: then the daemon keeps them"
        )
        return nil
    }

    private func checkKeep(_ section: Section) {
        guard let keep = section.section("keep") else { return }
        keep.check(known: ["best", "latest"])
        for key in ["best", "latest"] {
            guard let count = keep.integer(key, in: 0...1_000_000), count != 1 else { continue }
            keep.error(
                key, "only 1 is available in this version, found \(count)", fix: "write '\(key): 1', or leave it out")
        }
    }

    func onNaN() -> NaNRule? {
        guard let word = block.text("on_nan") else { return block.has("on_nan") ? nil : .diverged }
        // Another word for the same rule, from other tools.
        if word == "fail" { return .diverged }
        if let rule = NaNRule(rawValue: word) { return rule }
        block.unknown("on_nan", word: word, known: NaNRule.allCases.map(\.rawValue) + ["fail"])
        return nil
    }
}
