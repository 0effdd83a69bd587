import Yams

/// A sweep file in the making.
struct SweepDraft {
    var name: String?
    var description: String?
    var command: [String] = []
    var method = "random"
    var metric: [(String, YamlTree)] = []
    var parameters: [(String, YamlTree)] = []
    var runCap: Int?
    var policy: YamlTree?
    var slots: YamlTree?
    var stepUnit: String?
    var firstStep: Int?
    var lastStep: Int?
    var retryMax: Int?
    var weight: Double?
    var seed: String?
    private var deadline: (key: String, value: String)?

    mutating func add(_ options: ExperimentImport.Options, _ findings: Findings) {
        if let text = options.deadline {
            deadline = (DurationText.seconds(text) == nil ? "deadline" : "in", text)
        }
        guard let steps = options.maxSteps else { return }
        if let lastStep, lastStep != steps {
            findings.warn("--max-steps", "\(steps) in place of the \(lastStep) of the experiment")
        }
        lastStep = steps
        if let first = firstStep, first > steps { firstStep = nil }
    }

    /// Options of `sweep run` that fill the gaps.
    var missing: [String] {
        (deadline == nil ? ["--deadline"] : []) + (lastStep == nil ? ["--max-steps"] : [])
    }

    /// For a check of all the rest.
    var standIns: String {
        guard !missing.isEmpty else { return "" }
        let parts = (deadline == nil ? ["in: 6h"] : []) + (lastStep == nil ? ["steps: {max: 1000}"] : [])
        return "\n---\nhypersched: {\(parts.joined(separator: ", "))}\n"
    }

    func text(comment: String) -> String {
        var pairs: [(String, YamlTree)] = []
        if let name { pairs.append(("name", .text(name))) }
        if let description { pairs.append(("description", .text(description))) }
        pairs.append(("command", .list(command.map { .text($0) })))
        pairs.append(("method", .text(method)))
        pairs.append(("metric", .pairs(metric)))
        pairs.append(("parameters", .pairs(parameters)))
        if let runCap { pairs.append(("run_cap", .int(runCap))) }
        if !block.isEmpty { pairs.append(("hypersched", .pairs(block))) }
        var text = "# \(comment)\n"
        if !missing.isEmpty {
            let fix = ["--deadline": "in: 6h", "--max-steps": "steps: {max: 30}"]
            let keys = missing.compactMap { fix[$0] }.joined(separator: ", ")
            text += "# still to be said: hypersched: {\(keys)}, or \(missing.joined(separator: " and ")) of sweep run\n"
        }
        return text + YamlTree.pairs(pairs.filter { $0.0 != "metric" || !metric.isEmpty }).block(depth: 2)
    }

    private var block: [(String, YamlTree)] {
        var pairs: [(String, YamlTree)] = []
        if let deadline { pairs.append((deadline.key, .text(deadline.value))) }
        let steps: [(String, YamlTree)?] = [
            stepUnit.map { ("unit", .text($0)) }, firstStep.map { ("min", .int($0)) },
            lastStep.map { ("max", .int($0)) },
        ]
        if !steps.compactMap({ $0 }).isEmpty { pairs.append(("steps", .pairs(steps.compactMap { $0 }))) }
        if let policy { pairs.append(("policy", policy)) }
        if let slots { pairs.append(("slots", slots)) }
        if let retryMax { pairs.append(("retry", .pairs([("max", .int(retryMax))]))) }
        if let weight { pairs.append(("weight", .real(weight))) }
        if let seed { pairs.append(("seed", .plain(seed))) }
        return pairs
    }
}

extension Section {
    /// Notes what is there and has no counterpart.
    func ignore(_ keys: [String], _ why: String) {
        for key in keys where self.keys.contains(key) { warn(key, "ignored: \(why)") }
    }

    /// Notes all keys but those that are taken.
    func ignoreOthers(than taken: [String], _ why: String) {
        ignore(keys.filter { !taken.contains($0) }, why)
    }

    /// The members of a list of mappings; what is no mapping is noted as an error.
    func sections(_ key: String) -> [Section] {
        guard let node = value(key) else { return [] }
        guard let items = node.sequence else {
            error(key, "expected a list", fix: "write '\(key): [{…}]'")
            return []
        }
        return items.enumerated().compactMap { Section($1, path: "\(field(key))[\($0)]", findings) }
    }

    /// The words of a list of scalars.
    func words(_ key: String) -> [String] {
        guard let node = value(key) else { return [] }
        guard let items = node.sequence else {
            error(key, "expected a list of words", fix: "write '\(key): [a, b]'")
            return []
        }
        return items.compactMap { ScalarText($0)?.text }
    }
}
