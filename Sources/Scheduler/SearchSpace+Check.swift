public import HyperSchedProtocol

extension SearchSpace {
    /// A condition that can not be.
    public struct ConditionProblem: Hashable, Sendable {
        public let parameter: String
        /// nil: it is about the parameter as a whole.
        public let parent: String?
        public let message: String
        public let fix: String
    }

    /// What is wrong with the conditions of these parameters; cycles are looked for when all else is well.
    public static func problems(in parameters: [Parameter]) -> [ConditionProblem] {
        let domains = Dictionary(parameters.map { ($0.name, $0.domain) }) { first, _ in first }
        var problems: [ConditionProblem] = []
        for parameter in parameters {
            for condition in parameter.conditions {
                func note(_ message: String, _ fix: String) {
                    problems.append(
                        ConditionProblem(
                            parameter: parameter.name, parent: condition.parent, message: message, fix: fix))
                }
                guard let domain = domains[condition.parent] else {
                    let longer = parameters.map(\.name).first { $0.hasSuffix(".\(condition.parent)") }
                    note(
                        "there is no parameter '\(condition.parent)'",
                        longer.map { "write the whole name '\($0)'" } ?? "write the name of another parameter")
                    continue
                }
                guard domain.valueCount != nil else {
                    note(
                        "'\(condition.parent)' has no list of values to choose from",
                        "let it have 'values', or whole numbers")
                    continue
                }
                for value in condition.values where domain.accepted(value) == nil {
                    note("'\(value.text)' is no value of '\(condition.parent)'", "write \(domain.expectation)")
                }
            }
        }
        return problems.isEmpty ? cycle(parameters) : problems
    }

    private static func cycle(_ parameters: [Parameter]) -> [ConditionProblem] {
        let parents = Dictionary(parameters.map { ($0.name, $0.conditions.map(\.parent)) }) { first, _ in first }
        var settled: Set<String> = []
        var found = true
        while found {
            found = false
            for parameter in parameters where !settled.contains(parameter.name) {
                guard parents[parameter.name]!.allSatisfy(settled.contains) else { continue }
                settled.insert(parameter.name)
                found = true
            }
        }
        let open = parameters.map(\.name).filter { !settled.contains($0) }
        guard let first = open.first else { return [] }
        return [
            ConditionProblem(
                parameter: first, parent: nil, message: "depends on itself, by way of " + open.joined(separator: ", "),
                fix: "let one of them exist without a condition")
        ]
    }

    /// Takes in a configuration from outside.
    /// - Returns: the same with each value as its domain writes it, or all that is wrong with it.
    public func accepted(_ configuration: Configuration) -> Result<Configuration, ConfigurationError> {
        var errors: [Problem.FieldError] = []
        func note(_ name: String, _ message: String, _ fix: String) {
            errors.append(Problem.FieldError(field: "configuration.\(name)", message: message, fix: fix))
        }
        let given = Dictionary(uniqueKeysWithValues: configuration.entries.map { ($0.name, $0) })
        var values: [ParameterValue?] = dimensions.map { _ in nil }
        // What depends on a wrong value may or may not exist: nothing is said of it.
        var unknown: Set<Int> = []
        for (place, dimension) in dimensions.enumerated() {
            let entry = given[dimension.name]
            if dimension.conditions.contains(where: { unknown.contains($0.parent) }) {
                unknown.insert(place)
                continue
            }
            guard isActive(place, beside: values) else {
                if entry != nil {
                    note(dimension.name, "does not exist beside the other values", "leave it out")
                }
                continue
            }
            guard let entry else {
                unknown.insert(place)
                note(dimension.name, "missing", "write \(dimension.domain.expectation)")
                continue
            }
            guard entry.groups == dimension.groups, let value = dimension.domain.accepted(entry.value) else {
                unknown.insert(place)
                let shown = entry.groups == dimension.groups ? "'\(entry.value.text)'" : "it nested otherwise"
                note(
                    dimension.name, "expected \(dimension.domain.expectation), found \(shown)",
                    "write \(dimension.domain.expectation)")
                continue
            }
            values[place] = value
        }
        let known = Set(dimensions.map(\.name))
        for entry in configuration.entries where !known.contains(entry.name) {
            note(entry.name, "the sweep has no such parameter", "leave it out")
        }
        return errors.isEmpty ? .success(self.configuration(values)) : .failure(ConfigurationError(errors: errors))
    }
}

/// Why a configuration is refused.
public struct ConfigurationError: Error, Hashable, Sendable {
    public let errors: [Problem.FieldError]
}
