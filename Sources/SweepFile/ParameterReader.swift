import HyperSchedProtocol
import Yams

/// One hyperparameter in any of W&B's forms.
struct ParameterReader {
    let section: Section

    /// W&B's names, and the keys that go with each.
    static let distributions: [String: [String]] = [
        "constant": ["value"], "categorical": ["values"], "categorical_w_probabilities": ["values", "probabilities"],
        "int_uniform": ["min", "max"], "uniform": ["min", "max"], "q_uniform": ["min", "max", "q"],
        "log_uniform": ["min", "max"], "log_uniform_values": ["min", "max"], "q_log_uniform": ["min", "max", "q"],
        "q_log_uniform_values": ["min", "max", "q"], "inv_log_uniform": ["min", "max"],
        "inv_log_uniform_values": ["min", "max"], "normal": ["mu", "sigma"], "q_normal": ["mu", "sigma", "q"],
        "log_normal": ["mu", "sigma"], "q_log_normal": ["mu", "sigma", "q"],
        "beta": ["a", "b"], "q_beta": ["a", "b", "q"],
    ]
    private static let largestCount = 10_000
    private static let keys = [
        "distribution", "value", "values", "probabilities", "min", "max", "q", "mu", "sigma", "a", "b",
    ]

    /// nil when something was noted as an error.
    func domain() -> ParameterDomain? {
        guard section.check(known: Self.keys + ["condition", "parameters"]), let distribution = distribution() else {
            return nil
        }
        let legal = (Self.distributions[distribution] ?? []) + ["distribution"]
        // Probabilities beside values are legal under the plain name as well.
        let extra = distribution == "categorical" ? ["probabilities"] : []
        for key in section.keys where Self.keys.contains(key) && !legal.contains(key) && !extra.contains(key) {
            section.error(
                key, "does not go with \(distribution)",
                fix: "remove it; \(distribution) has "
                    + (Self.distributions[distribution] ?? []).joined(separator: ", "))
            return nil
        }
        switch distribution {
        case "constant": return constant()
        case "categorical", "categorical_w_probabilities": return categorical()
        case "int_uniform": return intUniform()
        case "normal", "q_normal", "log_normal", "q_log_normal": return gaussian(distribution)
        case "beta", "q_beta": return beta(distribution)
        default: return range(distribution)
        }
    }

    /// As written, or W&B's rule for a parameter without one.
    private func distribution() -> String? {
        if let name = section.text("distribution") {
            if Self.distributions[name] != nil { return name }
            section.unknown(
                "distribution", word: name, known: Self.distributions.keys.sorted())
            return nil
        }
        if section.valueOrNull("value") != nil { return "constant" }
        if section.has("values") { return "categorical" }
        if section.has("min") || section.has("max") { return boundsAreWhole ? "int_uniform" : "uniform" }
        if section.has("mu") || section.has("sigma") { return "normal" }
        section.error(
            "", "says neither which value nor which range",
            fix: "write one of 'value: …', 'values: […]', 'min: …' with 'max: …'")
        return nil
    }

    /// `min: 1, max: 8` means whole numbers; a point or an exponent in either bound means real ones.
    private var boundsAreWhole: Bool {
        ["min", "max"].allSatisfy { key in section.value(key).flatMap(ScalarText.init)?.integer != nil }
    }

    private func constant() -> ParameterDomain? {
        guard let node = section.valueOrNull("value") else {
            section.error("value", "missing", fix: "write 'value: …'")
            return nil
        }
        return value(node, key: "value").map { .constant($0) }
    }

    private func categorical() -> ParameterDomain? {
        guard let items = section.value("values")?.sequence.map(Array.init), !items.isEmpty else {
            section.error(
                "values", "expected a list with at least one value", fix: "write, for example, 'values: [1, 2, 4]'")
            return nil
        }
        guard items.count <= Self.largestCount else {
            section.error("values", "\(items.count) values, more than \(Self.largestCount)", fix: "use a range")
            return nil
        }
        let values = items.compactMap { value($0, key: "values") }
        guard values.count == items.count else { return nil }
        if Set(values).count < values.count { section.warn("values", "a value is there more than once") }
        guard section.has("probabilities") else { return .categorical(values: values, probabilities: nil) }
        return probabilities(count: values.count).map { .categorical(values: values, probabilities: $0) }
    }

    private func probabilities(count: Int) -> [Double]? {
        let items = section.value("probabilities")?.sequence.map(Array.init) ?? []
        let numbers = items.compactMap { ScalarText($0)?.number }.filter { (0...1).contains($0) }
        guard numbers.count == items.count, numbers.count == count else {
            section.error(
                "probabilities", "expected \(count) numbers from 0 to 1, one for each value; found \(items.count)",
                fix: "write one probability for each value")
            return nil
        }
        let sum = numbers.reduce(0, +)
        guard abs(sum - 1) < 1e-6 else {
            section.error("probabilities", "their sum is \(sum)", fix: "let them add up to 1")
            return nil
        }
        return numbers
    }

    private func value(_ node: Node, key: String) -> ParameterValue? {
        if let items = node.sequence { return list(Array(items), key: key) }
        guard let scalar = ScalarText(node) else {
            section.findings.error(
                section.field(key), at: node, "a dictionary can not be one of the values",
                fix: "write its members as parameters of their own ('parameters: {…}', with 'condition' where they "
                    + "belong to one choice), or as a text")
            return nil
        }
        if scalar.isWordlikeBool, let bool = scalar.bool {
            section.warn(key, "'\(scalar.text)' is read as \(bool), as W&B does; for the word write \"\(scalar.text)\"")
        }
        return scalar.parameterValue ?? .null
    }

    private func list(_ items: [Node], key: String) -> ParameterValue? {
        let values = items.compactMap { value($0, key: key) }
        guard values.count == items.count else { return nil }
        // JSON, in which configurations are kept and handed over, writes 2.0 as 2.
        return .list(
            values.map { value in
                if case .real(let number) = value, let whole = Int64(exactly: number) { return .int(whole) }
                return value
            })
    }
}
