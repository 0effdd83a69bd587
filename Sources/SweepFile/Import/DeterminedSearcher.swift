import HyperSchedProtocol
import Yams

/// Determined's `searcher`: method, metric, and how long a trial trains.
struct DeterminedSearcher {
    let section: Section

    private static let known = [
        "name", "metric", "smaller_is_better", "max_trials", "max_concurrent_trials", "max_length", "time_metric",
        "max_time", "mode", "divisor", "max_rungs", "num_rungs", "stop_once", "source_trial_id",
        "source_checkpoint_uuid", "bracket_rungs",
    ]

    func read(into draft: inout SweepDraft) {
        section.check(known: Self.known)
        readMetric(into: &draft)
        readLength(into: &draft)
        section.ignore(["max_concurrent_trials"], "as many trials run at a time as there are slots")
        for key in ["source_trial_id", "source_checkpoint_uuid"] where section.has(key) {
            section.error(
                key, "a sweep can not begin with a checkpoint of Determined", fix: "pass its path as a parameter")
        }
        draft.runCap = section.has("max_trials") ? section.integer("max_trials", in: 1...1_000_000) : nil
        guard let name = section.text("name") else {
            section.error("name", "missing", fix: "write 'name: adaptive_asha'")
            return
        }
        switch name {
        case "random": draft.method = "random"
        case "grid": draft.method = "grid"
        case "single":
            draft.method = "random"
            draft.runCap = 1
        case "adaptive_asha", "async_halving": halving(name, into: &draft)
        default:
            section.unknown(
                "name", word: name, known: ["single", "random", "grid", "adaptive_asha", "async_halving"],
                later: [
                    "custom": "propose from your own program, with method: external",
                    "pbt": "write 'hypersched.policy: pbt' by hand", "adaptive": "write adaptive_asha",
                    "adaptive_simple": "write adaptive_asha", "sync_halving": "write async_halving",
                ])
        }
    }

    private func readMetric(into draft: inout SweepDraft) {
        guard let name = section.text("metric") else {
            section.error("metric", "missing: what the search is for", fix: "write 'metric: validation_loss'")
            return
        }
        let smaller = section.has("smaller_is_better") ? section.bool("smaller_is_better") : true
        draft.metric = [("name", .text(name)), ("goal", .text(smaller == false ? "maximize" : "minimize"))]
    }

    /// `max_length: {epochs: 10}`, a bare number, or `time_metric` with `max_time`.
    private func readLength(into draft: inout SweepDraft) {
        if section.has("max_time") {
            draft.lastStep = section.integer("max_time", in: 1...1_000_000_000)
            draft.stepUnit = section.text("time_metric") ?? "step"
        } else if section.value("max_length")?.mapping != nil, let length = section.section("max_length") {
            length.check(known: ["batches", "epochs", "records"])
            guard let unit = length.keys.first else { return }
            draft.lastStep = length.integer(unit, in: 1...1_000_000_000)
            draft.stepUnit = String(unit.dropLast(unit == "batches" ? 2 : 1))
        } else if section.has("max_length") {
            draft.lastStep = section.integer("max_length", in: 1...1_000_000_000)
            draft.stepUnit = "batch"
        }
        guard let unit = draft.stepUnit else { return }
        section.warn(
            section.has("max_time") ? "max_time" : "max_length",
            "the step of a report must count in the same unit (\(unit)) for the rungs to lie where they did")
    }

    /// The rungs of Determined are max/divisorⁱ, i below `max_rungs`: with the last one at the end of the training.
    private func halving(_ name: String, into draft: inout SweepDraft) {
        let divisor = section.has("divisor") ? section.integer("divisor", in: 2...100) : 4
        let key = section.has("num_rungs") ? "num_rungs" : "max_rungs"
        var rungs = section.has(key) ? section.integer(key, in: 1...30) ?? 5 : 5
        guard let divisor else { return }
        if let most = draft.lastStep { rungs = min(rungs, Self.powers(of: divisor, upTo: most)) }
        // It does not spend rungs that so few trials can not fill.
        if name == "adaptive_asha", let trials = draft.runCap {
            rungs = min(rungs, Self.powers(of: divisor, upTo: trials))
        }
        if let most = draft.lastStep {
            var first = most
            for _ in 1..<max(rungs, 2) where rungs > 1 { first /= divisor }
            draft.firstStep = max(1, first)
        }
        var options: [(String, YamlTree)] = [("eta", .int(divisor))]
        let brackets = name == "adaptive_asha" ? self.brackets(rungs) : 1
        options.insert(("name", .text(brackets > 1 ? "hyperband" : "asha")), at: 0)
        if brackets > 1 { options.append(("brackets", .int(brackets))) }
        // Since it counts time instead of lengths, and with stop_once before, it stops trials and never resumes one.
        let stops = section.has("max_time") || section.bool("stop_once") == true
        options += stops ? [("kind", .text("stopping"))] : []
        draft.policy = .pairs(options)
        if brackets > 1 {
            section.warn(
                "mode", "\(brackets) brackets become the policy hyperband: its shares of trials per bracket are its own"
            )
        }
    }

    /// How many of 1, d, d², … are not larger than `limit`.
    private static func powers(of divisor: Int, upTo limit: Int) -> Int {
        var (count, power) = (0, 1)
        while power <= limit { (count, power) = (count + 1, power * divisor) }
        return max(1, count)
    }

    /// `aggressive` has the longest bracket only, `conservative` all, `standard` (the default) half of them.
    private func brackets(_ rungs: Int) -> Int {
        switch section.text("mode") ?? "standard" {
        case "aggressive": return 1
        case "conservative": return rungs
        case "standard": return rungs - (rungs - 1) / 2
        case let word:
            section.unknown("mode", word: word, known: ["aggressive", "standard", "conservative"])
            return 1
        }
    }
}
