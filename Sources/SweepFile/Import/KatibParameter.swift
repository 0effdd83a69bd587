import Glibc
import HyperSchedProtocol
import Yams

/// One entry of Katib's `parameters`.
struct KatibParameter {
    let section: Section

    private static let mostSteps = 1000

    func pair() -> (String, YamlTree)? {
        section.check(known: ["name", "parameterType", "feasibleSpace"])
        guard let name = section.text("name"), let type = section.text("parameterType"),
            let space = section.section("feasibleSpace")
        else {
            section.error("", "a parameter has name, parameterType and feasibleSpace", fix: "complete it")
            return nil
        }
        space.check(known: ["min", "max", "step", "list", "distribution"])
        switch type {
        case "categorical": return values(space) { .text($0.text) }.map { (name, $0) }
        case "discrete": return values(space, number).map { (name, $0) }
        case "int", "double": return range(space, isWhole: type == "int").map { (name, .pairs($0)) }
        default:
            section.unknown("parameterType", word: type, known: ["int", "double", "categorical", "discrete"])
            return nil
        }
    }

    private func number(_ scalar: ScalarText) -> YamlTree? { scalar.number.map { _ in .plain(scalar.text) } }

    private func values(_ space: Section, _ tree: (ScalarText) -> YamlTree?) -> YamlTree? {
        let items = space.value("list")?.sequence.map { $0.compactMap(ScalarText.init) } ?? []
        let trees = items.compactMap(tree)
        guard !items.isEmpty, trees.count == items.count else {
            space.error(
                "list", "expected a list of values; those of a discrete parameter are numbers", fix: "correct it")
            return nil
        }
        return .pairs([("values", .list(trees))])
    }

    private func range(_ space: Section, isWhole: Bool) -> [(String, YamlTree)]? {
        let (min, max) = (space.number("min"), space.number("max"))
        guard let min, let max, min <= max else {
            space.error("min", "expected min and max, the smaller one first", fix: "write both")
            return nil
        }
        let distribution = space.text("distribution") ?? "uniform"
        let step = space.has("step") ? space.number("step", expected: "a number larger than 0") { $0 > 0 } : nil
        guard !space.has("step") || step != nil else { return nil }
        switch distribution {
        case "uniform": return uniform(space, min, max, step ?? (isWhole ? 1 : nil), isWhole)
        case "logUniform":
            return logarithmic(space, min, max, step ?? (isWhole ? 1 : nil))
        case "normal", "logNormal": return gaussian(space, distribution, min, max, step ?? (isWhole ? 1 : nil))
        default:
            space.unknown("distribution", word: distribution, known: ["uniform", "logUniform", "normal", "logNormal"])
            return nil
        }
    }

    private func uniform(_ space: Section, _ min: Double, _ max: Double, _ step: Double?, _ isWhole: Bool) -> [(
        String, YamlTree
    )]? {
        guard let step else {
            return [("distribution", .text("uniform")), ("min", .real(min)), ("max", .real(max))]
        }
        if isWhole, step == 1, let low = Int64(exactly: min), let high = Int64(exactly: max) {
            return [("distribution", .text("int_uniform")), ("min", .plain("\(low)")), ("max", .plain("\(high)"))]
        }
        return multiples(space, min, max, step, isWhole)
    }

    /// Katib counts steps from min; q counts from 0.
    private func multiples(_ space: Section, _ min: Double, _ max: Double, _ step: Double, _ isWhole: Bool) -> [(
        String, YamlTree
    )]? {
        let count = ((max - min) / step + 1e-9).rounded(.down)
        if isMultiple(min, of: step) {
            let last = min + count * step
            return [
                ("distribution", .text("q_uniform")), ("min", plain(min)), ("max", plain(last)), ("q", plain(step)),
            ]
        }
        guard count < Double(Self.mostSteps) else {
            space.error(
                "step", "steps that begin at \(min) are no multiples of \(step), and there are too many to list",
                fix: "let min be a multiple of step")
            return nil
        }
        space.warn(
            "step", "the steps begin at \(min): written as a list, so that samplers do not know that they are near")
        let values = (0...Int(count)).map { plain(((min + Double($0) * step) * 1e12).rounded() / 1e12) }
        return [("values", .list(values))]
    }

    private func logarithmic(_ space: Section, _ min: Double, _ max: Double, _ step: Double?) -> [(String, YamlTree)]? {
        guard min > 0 else {
            space.error("min", "\(min) has no logarithm", fix: "write a value larger than 0")
            return nil
        }
        guard let step else {
            return [("distribution", .text("log_uniform_values")), ("min", .real(min)), ("max", .real(max))]
        }
        guard isMultiple(min, of: step) else {
            space.error(
                "step", "steps that begin at \(min) are no multiples of \(step)", fix: "let min be a multiple of step")
            return nil
        }
        return [
            ("distribution", .text("q_log_uniform_values")), ("min", plain(min)), ("max", plain(max)),
            ("q", plain(step)),
        ]
    }

    /// Mean in the middle, a sixth of the range as standard deviation, as Katib's Hyperopt service has it.
    private func gaussian(
        _ space: Section, _ name: String, _ min: Double, _ max: Double, _ step: Double?
    ) -> [(String, YamlTree)]? {
        let isLogarithmic = name == "logNormal"
        guard !isLogarithmic || min > 0 else {
            space.error("min", "\(min) has no logarithm", fix: "write a value larger than 0")
            return nil
        }
        let (low, high) = isLogarithmic ? (log(min), log(max)) : (min, max)
        guard high > low else {
            space.error("max", "a Gaussian needs a range", fix: "write a max larger than min")
            return nil
        }
        space.warn(
            "distribution",
            "\(name) from \(min) to \(max) becomes a Gaussian with its mean in the middle and a sixth of the range as "
                + "standard deviation; a value in some 400 lies outside of the range")
        let base = isLogarithmic ? "log_normal" : "normal"
        let pairs: [(String, YamlTree)] = [
            ("distribution", .text(step == nil ? base : "q_" + base)), ("mu", .real((low + high) / 2)),
            ("sigma", .real((high - low) / 6)),
        ]
        return pairs + (step.map { [("q", plain($0))] } ?? [])
    }

    private func isMultiple(_ value: Double, of step: Double) -> Bool {
        abs(value / step - (value / step).rounded()) < 1e-9
    }

    private func plain(_ value: Double) -> YamlTree { Int64(exactly: value).map { .plain("\($0)") } ?? .real(value) }
}
