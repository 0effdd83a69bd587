/// W&B's `early_terminate: {type: hyperband, …}`, as far as it can be carried out here.
///
/// W&B's rule (github.com/wandb/sweeps, hyperband_stopping.py) has its name from Hyperband but only one bracket: its
/// `s` is the number of rungs. A run is stopped when more than n/η of the n runs at the highest rung that it has
/// reached are better there. So it is `asha`, kind `stopping`, cutoff `rank`, and not the policy `hyperband`. What
/// differs: W&B looks at the latest rung again and again while others arrive, and without `strict: true` it compares
/// the best objective so far with the rung's.
struct EarlyTermination {
    /// W&B's `min_iter`, or `max_iter / eta^s`.
    private(set) var firstRung: Int?
    /// W&B's `max_iter`.
    private(set) var lastStep: Int?
    private(set) var reductionFactor = 3
    private(set) var isPresent = false

    init(top: Section) {
        guard let section = top.section("early_terminate") else { return }
        section.check(known: ["type", "min_iter", "max_iter", "s", "eta", "strict"])
        guard let type = section.text("type") else {
            section.error("type", "missing", fix: "write 'type: hyperband'")
            return
        }
        guard type == "hyperband" else {
            section.unknown("type", word: type, known: ["hyperband"])
            return
        }
        isPresent = true
        if section.has("eta") { reductionFactor = factor(section) ?? reductionFactor }
        lastStep = section.integer("max_iter", in: 1...1_000_000_000)
        let first = section.integer("min_iter", in: 1...1_000_000_000)
        // Where a file says both, W&B counts from the end.
        firstRung = firstBand(section) ?? first
        if section.bool("strict") == false {
            section.warn(
                "strict",
                "has no effect: a trial is judged once at each rung, by its objective there, which W&B calls strict")
        }
    }

    /// W&B takes any number above 1, but policies here want a whole one.
    private func factor(_ section: Section) -> Int? {
        let number = section.number("eta", expected: "a number larger than 1, at most 100") { $0 > 1 && $0 <= 100 }
        guard let number else { return nil }
        let whole = max(2, Int(number.rounded()))
        if Double(whole) != number { section.warn("eta", "\(number) is taken as \(whole): a whole number, 2 or more") }
        return whole
    }

    /// W&B's bands from the other end: with `max_iter` and `s` the first one is at max_iter / eta^s.
    private func firstBand(_ section: Section) -> Int? {
        guard let lastStep, let s = section.integer("s", in: 1...30) else { return nil }
        var first = lastStep
        for _ in 0..<s { first /= reductionFactor }
        return max(first, 1)
    }
}
