extension DecisionExplanation {
    private static let shownClasses = 5

    /// For a terminal.
    public var text: String {
        var lines = [title + (label.map { ": " + classNames[$0] } ?? "")]
        lines.append("")
        for (number, decision) in path.enumerated() {
            let node = nodes[decision.node]
            let indent = String(repeating: "  ", count: number)
            lines.append("\(indent)\(node.label)  (entropy \(Self.decimals(decision.entropy, 3)) nats)")
            for child in node.children {
                let mark = child.isChosen ? "->" : "  "
                lines.append("\(indent)  \(mark) \(Self.percent(child.probability))  \(child.label)")
            }
        }
        lines.append("")
        lines.append("hard rule: \(classNames[hard])")
        lines.append("soft rule: \(classNames[soft])")
        lines.append("without tree: \(classNames[flat])")
        lines.append("")
        lines.append("most probable classes by the soft rule:")
        for index in ranking.prefix(Self.shownClasses) {
            lines.append("  \(Self.percent(classProbabilities[index]))  \(classNames[index])")
        }
        return lines.joined(separator: "\n")
    }

    /// One JSON object.
    public var json: String {
        let decisions = path.map { decision in
            let node = nodes[decision.node]
            let children = node.children.map { child in
                """
                {"label": \(JSONText.quote(child.label)), "probability": \(JSONText.number(child.probability)), \
                "chosen": \(child.isChosen)}
                """
            }
            return """
                {"node": \(decision.node), "label": \(JSONText.quote(node.label)), \
                "entropy": \(JSONText.number(decision.entropy)), "children": [\(children.joined(separator: ", "))]}
                """
        }
        let classes = classNames.indices.map { index in
            #"{"name": \#(JSONText.quote(classNames[index])), "#
                + #""probability": \#(JSONText.number(classProbabilities[index]))}"#
        }
        let right = label.map { JSONText.quote(classNames[$0]) } ?? "null"
        return """
            {"image": \(JSONText.quote(title)), "label": \(right), "hard": \(JSONText.quote(classNames[hard])), \
            "soft": \(JSONText.quote(classNames[soft])), "flat": \(JSONText.quote(classNames[flat])),
             "path": [\(decisions.joined(separator: ",\n          "))],
             "classes": [\(classes.joined(separator: ",\n             "))]}
            """
    }

    /// A fraction as a percentage of five characters, `98.2%`.
    static func percent(_ fraction: Double) -> String {
        let text = decimals(100 * fraction, 1) + "%"
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }

    static func decimals(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { result, _ in result * 10 }
        let whole = Int((value * scale).rounded())
        let digits = String(abs(whole))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return (whole < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
