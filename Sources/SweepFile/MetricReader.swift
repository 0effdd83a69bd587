import HyperSchedProtocol

/// The objective.
struct MetricReader {
    let top: Section
    let workload: WorkloadDescription?

    private static let reservedNames = ["step", "checkpoint", "setup_time_s"]

    func metric() -> Metric? {
        guard top.has("metric") else {
            // With 'metrics' in its place the mistake has been noted.
            if top.has("metrics") { return nil }
            top.error(
                "metric", "missing: what the search is for",
                fix: "write 'metric: {name: val_accuracy, goal: maximize}', here or in a second file (-f)")
            return nil
        }
        guard let section = top.section("metric") else { return nil }
        section.check(known: ["name", "goal", "target", "impute", "impute_while_running"])
        if section.has("impute_while_running") {
            section.warn(
                "impute_while_running", "has no effect here: what a running trial has reported is used as it is")
        }
        if section.has("impute") { section.warn("impute", "has no effect here: a failed trial has no rank") }
        let target = section.number("target")
        let goal = section.has("goal") ? section.choice("goal", as: Metric.Goal.self) : .minimize
        guard let name = name(section), let goal else { return nil }
        warn(section, name, goal)
        return Metric(name: name, goal: goal, target: target)
    }

    private func name(_ section: Section) -> String? {
        guard let name = section.text("name"), !name.isEmpty else {
            section.error("name", "missing: which of the reported metrics decides", fix: "write 'name: val_accuracy'")
            return nil
        }
        guard name.utf8.count <= TrialReport.maximumNameLength, !Self.reservedNames.contains(name) else {
            section.error(
                "name", "'\(name)' can not be a metric",
                fix: "use another name of at most \(TrialReport.maximumNameLength) bytes; reserved: "
                    + Self.reservedNames.joined(separator: ", "))
            return nil
        }
        if let workload, !workload.metrics.contains(name) {
            section.unknown("name", word: name, known: workload.metrics)
            return nil
        }
        return name
    }

    /// W&B's default is to minimise, which is rarely meant for an accuracy.
    private func warn(_ section: Section, _ name: String, _ goal: Metric.Goal) {
        let lower = name.lowercased()
        let parts = lower.split { !$0.isLetter && !$0.isNumber }
        let wantsMore =
            lower.contains("accuracy") || parts.contains { ["acc", "f1", "auc", "auroc", "map"].contains($0) }
        let wantsLess = parts.contains { ["loss", "error", "err", "rmse", "mse", "mae", "perplexity"].contains($0) }
        if goal == .minimize, wantsMore {
            let why = section.has("goal") ? "" : " (the default)"
            section.warn("goal", "'\(name)' is minimised\(why); for the highest one write 'goal: maximize'")
        } else if goal == .maximize, wantsLess {
            section.warn("goal", "'\(name)' is maximised; for the lowest one write 'goal: minimize'")
        }
    }
}
