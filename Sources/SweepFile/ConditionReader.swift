import HyperSchedProtocol
import Yams

/// `condition: {optimizer: [sgd, adam], layers: 2}`: when a parameter, or a dictionary of parameters, exists.
struct ConditionReader {
    let section: Section

    private static let example = "write, for example, 'condition: {optimizer: [sgd]}'"

    /// Empty where there is none; nil when something was noted as an error.
    func conditions() -> [ParameterCondition]? {
        guard section.has("condition") else { return [] }
        guard section.value("condition")?.mapping != nil, let body = section.section("condition") else {
            section.error("condition", "expected the values of other parameters", fix: Self.example)
            return nil
        }
        guard !body.keys.isEmpty else {
            section.error("condition", "is empty", fix: Self.example)
            return nil
        }
        let conditions = body.keys.compactMap { parent -> ParameterCondition? in
            values(parent, body).map { ParameterCondition(parent: parent, values: $0) }
        }
        return conditions.count == body.keys.count ? conditions : nil
    }

    private func values(_ parent: String, _ body: Section) -> [ParameterValue]? {
        guard let node = body.value(parent) else {
            body.error(parent, "expected the values for which it exists, found null", fix: Self.example)
            return nil
        }
        let items = node.sequence.map(Array.init) ?? [node]
        let values = items.compactMap { ScalarText($0)?.parameterValue }
        guard values.count == items.count, !values.isEmpty else {
            body.error(parent, "expected a value or a list of values", fix: Self.example)
            return nil
        }
        return values
    }
}
