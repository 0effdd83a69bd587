import HyperSchedProtocol

/// A workload's parameters as help text.
struct ParameterTable {
    let text: String

    init(_ workload: WorkloadDescription) {
        let lines = workload.parameters.map { parameter in
            let value = parameter.defaultValue.map { " (default: \($0.text))" } ?? ""
            return "  \(parameter.name): \(parameter.help); \(parameter.expectation)\(value)"
        }
        text = lines.joined(separator: "\n") + "\nMetrics: " + workload.metrics.joined(separator: ", ")
    }
}
