extension WorkloadDescription {
    /// Parameters and metrics for a person, one line each.
    public var text: String {
        let lines = parameters.map { parameter in
            let value = parameter.defaultValue.map { "; default \($0.text)" } ?? ""
            return "  \(parameter.name): \(parameter.help) [\(parameter.expectation)\(value)]"
        }
        return lines.joined(separator: "\n") + "\nMetrics: " + metrics.joined(separator: ", ")
    }
}
