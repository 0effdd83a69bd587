import HyperSchedProtocol
import Scheduler
import Yams

/// The search space: parameters, dictionaries of parameters, and conditions.
struct SpaceReader {
    let top: Section
    let workload: WorkloadDescription?
    let method: SearchMethod?

    private static let largestCount = 1000
    private static let example = "write 'parameters: {lr: {min: 0.001, max: 0.1}}'"

    /// What has been read so far.
    private struct Reading {
        var parameters: [Parameter] = []
        /// Where each condition stands: (parameter, parent) → section.
        var conditions: [ConditionPlace: Section] = [:]
        var isGood = true
    }

    private struct ConditionPlace: Hashable {
        let parameter: String
        let parent: String?
    }

    /// The dictionaries around a parameter, with what they ask for.
    private struct Surroundings {
        var groups: [String] = []
        var conditions: [(condition: ParameterCondition, section: Section)] = []
    }

    func parameters() -> [Parameter]? {
        guard let node = top.value("parameters") else {
            top.error("parameters", "missing: the search space", fix: Self.example)
            return nil
        }
        guard let section = Section(node, path: "parameters", top.findings) else { return nil }
        var reading = Reading()
        read(section, Surroundings(), into: &reading)
        guard reading.isGood else { return nil }
        guard !reading.parameters.isEmpty, reading.parameters.count <= Self.largestCount else {
            let count = reading.parameters.isEmpty ? "is empty" : "has more than \(Self.largestCount) parameters"
            top.error("parameters", "the search space \(count)", fix: Self.example)
            return nil
        }
        checkNames(section, reading)
        checkConditions(reading)
        warn(section, reading.parameters)
        return reading.parameters.map { inWordsOfItsParents($0, reading.parameters) }
    }

    // MARK: Reading

    private func read(_ section: Section, _ around: Surroundings, into reading: inout Reading) {
        for key in section.keys {
            guard isLegal(key, in: section), let body = body(key, section) else {
                reading.isGood = false
                continue
            }
            let own = ConditionReader(section: body).conditions()
            guard let own else {
                reading.isGood = false
                continue
            }
            var inside = around
            inside.conditions += own.map { ($0, body) }
            if body.has("parameters") {
                readGroup(key, body, inside, into: &reading)
            } else {
                readParameter(key, body, section, inside, into: &reading)
            }
        }
    }

    private func body(_ key: String, _ section: Section) -> Section? {
        if let body = section.section(key) { return body }
        if section.value(key) == nil {
            section.error(key, "has no value", fix: "write '\(key): {value: …}' or '\(key): {min: …, max: …}'")
        }
        return nil
    }

    private func readGroup(_ key: String, _ body: Section, _ around: Surroundings, into reading: inout Reading) {
        guard body.check(known: ["parameters", "condition"]), let nested = body.section("parameters") else {
            reading.isGood = false
            return
        }
        guard !nested.keys.isEmpty else {
            body.error("parameters", "is empty", fix: "write at least one parameter, or remove '\(key)'")
            reading.isGood = false
            return
        }
        var around = around
        around.groups.append(key)
        read(nested, around, into: &reading)
    }

    private func readParameter(
        _ key: String, _ body: Section, _ section: Section, _ around: Surroundings, into reading: inout Reading
    ) {
        let name = (around.groups + [key]).joined(separator: ".")
        guard isKnown(name, key, in: section), let domain = ParameterReader(section: body).domain() else {
            reading.isGood = false
            return
        }
        if method == .grid, !domain.isCountable {
            body.error(
                "", "a grid over a continuous range has no end",
                fix: "list the points with 'values: […]', or write 'method: random'")
            reading.isGood = false
        }
        if let known = workload?.parameter(named: name) { WorkloadCheck(section: body, known: known).check(domain) }
        reading.parameters.append(
            Parameter(name: name, domain: domain, groups: around.groups, conditions: around.conditions.map(\.condition))
        )
        reading.conditions[ConditionPlace(parameter: name, parent: nil)] = body
        for (condition, place) in around.conditions {
            reading.conditions[ConditionPlace(parameter: name, parent: condition.parent)] = place
        }
    }

    private func isLegal(_ name: String, in section: Section) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 128, !name.unicodeScalars.contains(where: \.isControl),
            !name.contains("="), !name.contains(" ")
        else {
            section.error(
                name, "'\(name)' can not be the name of a parameter", fix: "use up to 128 letters, digits, _, - and .")
            return false
        }
        return true
    }

    private func isKnown(_ name: String, _ key: String, in section: Section) -> Bool {
        guard let workload, workload.parameter(named: name) == nil else { return true }
        let known = workload.parameters.map(\.name)
        let nearest = WordDistance.nearest(to: name, among: known)
        section.error(
            key,
            "unknown parameter of workload \(workload.name)"
                + (nearest.map { "; the nearest known one is '\($0)'" } ?? ""),
            fix: nearest.map { "write '\($0)'" } ?? "known parameters: " + known.joined(separator: ", "))
        return false
    }

    // MARK: The whole space

    private func checkNames(_ section: Section, _ reading: Reading) {
        var seen: Set<String> = []
        for name in reading.parameters.map(\.name) where !seen.insert(name).inserted {
            section.error(
                "", "two parameters have the whole name '\(name)'", fix: "rename one of them, or take its dot out")
        }
    }

    private func checkConditions(_ reading: Reading) {
        var said: Set<String> = []
        for problem in SearchSpace.problems(in: reading.parameters) {
            let place = ConditionPlace(parameter: problem.parameter, parent: problem.parent)
            guard let section = reading.conditions[place], said.insert(section.path + problem.message).inserted else {
                continue
            }
            section.error("condition", problem.message, fix: problem.fix)
        }
    }

    /// A value is the same in the condition as in the parent: `2.0` of a whole number is `2`.
    private func inWordsOfItsParents(_ parameter: Parameter, _ all: [Parameter]) -> Parameter {
        let conditions = parameter.conditions.map { condition in
            let domain = all.first { $0.name == condition.parent }?.domain
            return ParameterCondition(
                parent: condition.parent, values: condition.values.map { domain?.accepted($0) ?? $0 })
        }
        return Parameter(
            name: parameter.name, domain: parameter.domain, groups: parameter.groups, conditions: conditions)
    }

    private func warn(_ section: Section, _ parameters: [Parameter]) {
        if parameters.allSatisfy({ $0.domain.isSingleValue }) {
            section.findings.warn("parameters", "every value is fixed, so that all trials have the same configuration")
        }
        var seen: [String: String] = [:]
        for name in parameters.map(\.name) {
            let variable = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }
                .joined()
            if let other = seen[variable] {
                section.warn(
                    name, "'\(other)' and '\(name)' share the environment variable HYPERSCHED_PARAM_\(variable)")
            }
            seen[variable] = name
        }
    }
}

extension ParameterDomain {
    /// True when its values can be listed.
    var isCountable: Bool {
        switch self {
        case .constant, .categorical, .intUniform, .quantizedUniform, .quantizedLogUniform, .quantizedBeta: true
        default: false
        }
    }

    var isSingleValue: Bool {
        switch self {
        case .constant: true
        case .categorical(let values, _): values.count == 1
        case .intUniform(let min, let max): min == max
        default: false
        }
    }
}
