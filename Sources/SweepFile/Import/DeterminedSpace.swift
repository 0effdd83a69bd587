import Glibc
import HyperSchedProtocol
import Yams

/// Determined's `hyperparameters`: a mapping with `type` is a range, one without is a dictionary, anything else a
/// constant.
struct DeterminedSpace {
    let isGrid: Bool

    private static let keys = [
        "const": ["val"], "categorical": ["vals"], "int": ["minval", "maxval", "count"],
        "double": ["minval", "maxval", "count"], "log": ["minval", "maxval", "base", "count"],
    ]

    func pairs(_ section: Section) -> [(String, YamlTree)] {
        section.keys.compactMap { key in
            guard let node = section.valueOrNull(key) else { return nil }
            return tree(node, section.field(key), section.findings).map { (key, $0) }
        }
    }

    private func tree(_ node: Node, _ path: String, _ findings: Findings) -> YamlTree? {
        guard node.mapping != nil, let section = Section(node, path: path, findings) else {
            return .pairs([("value", YamlTree(node))])
        }
        guard let type = section.value("type").flatMap({ ScalarText($0)?.text }), Self.keys[type] != nil else {
            if section.value("type").flatMap(ScalarText.init) != nil, section.has("minval") || section.has("vals") {
                section.unknown("type", word: section.text("type") ?? "", known: Self.keys.keys.sorted())
                return nil
            }
            let members = pairs(section)
            return members.isEmpty ? nil : .pairs([("parameters", .pairs(members))])
        }
        section.check(known: ["type"] + (Self.keys[type] ?? []))
        if section.has("count"), !isGrid { section.warn("count", "ignored: it counts the points of a grid") }
        switch type {
        case "const": return constant(section)
        case "categorical": return categorical(section)
        default: return range(section, type)
        }
    }

    private func constant(_ section: Section) -> YamlTree? {
        guard let node = section.valueOrNull("val") else {
            section.error("val", "missing", fix: "write 'val: …'")
            return nil
        }
        return tree(node, section.field("val"), section.findings)
    }

    private func categorical(_ section: Section) -> YamlTree? {
        guard let items = section.value("vals")?.sequence, !items.isEmpty else {
            section.error("vals", "expected a list with at least one value", fix: "write 'vals: [1, 2]'")
            return nil
        }
        return .pairs([("values", .list(items.map(YamlTree.init)))])
    }

    private func range(_ section: Section, _ type: String) -> YamlTree? {
        guard let low = section.number("minval"), let high = section.number("maxval"), low <= high else {
            section.error("minval", "expected minval and maxval, the smaller one first", fix: "write both")
            return nil
        }
        let count = section.has("count") ? section.integer("count", in: 1...10_000) : nil
        if isGrid, let count { return points(type, low, high, count, base(section)) }
        switch type {
        case "int":
            guard let low = Int64(exactly: low), let high = Int64(exactly: high) else {
                section.error("minval", "expected whole numbers", fix: "write them, or 'type: double'")
                return nil
            }
            return .pairs([
                ("distribution", .text("int_uniform")), ("min", .plain("\(low)")), ("max", .plain("\(high)")),
            ])
        case "double": return .pairs([("distribution", .text("uniform")), ("min", .real(low)), ("max", .real(high))])
        default:
            guard let base = base(section) else { return nil }
            return .pairs([
                ("distribution", .text("log_uniform_values")), ("min", .real(power(base, low))),
                ("max", .real(power(base, high))),
            ])
        }
    }

    /// 10 where it is not said.
    private func base(_ section: Section) -> Double? {
        guard section.has("base") else { return 10 }
        return section.number("base", expected: "a number larger than 1") { $0 > 1 }
    }

    /// `pow` gives 0.001 for 10⁻³; the last digits of the others are cut, so that people know their numbers again.
    private func power(_ base: Double, _ exponent: Double) -> Double {
        let value = pow(base, exponent)
        return Double("\(Float(value))").map { abs($0 - value) < 1e-12 * value ? $0 : value } ?? value
    }

    /// The points of a grid, ends included, even in the exponents of `log`.
    private func points(_ type: String, _ low: Double, _ high: Double, _ count: Int, _ base: Double?) -> YamlTree? {
        let places = type == "int" ? min(count, Int(high - low) + 1) : count
        let values = (0..<places).map { place -> Double in
            places == 1 ? (low + high) / 2 : low + (high - low) * Double(place) / Double(places - 1)
        }
        switch type {
        case "int": return .pairs([("values", .list(values.map { .plain("\(Int64($0.rounded()))") }))])
        case "double": return .pairs([("values", .list(values.map { .real($0) }))])
        default:
            guard let base else { return nil }
            return .pairs([("values", .list(values.map { .real(power(base, $0)) }))])
        }
    }
}
