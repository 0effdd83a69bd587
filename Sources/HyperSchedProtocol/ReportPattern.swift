/// How a program that knows nothing of us prints its metrics: `hypersched.report_pattern` of a sweep file.
public struct ReportPattern: Hashable, Sendable {
    private enum Form: Hashable {
        /// The line is one JSON object.
        case json
        /// Two groups are the name of a metric and its value; every match in the line is one.
        case pair(name: Int, value: Int)
        /// Each named group is a metric, and `step` the completed steps.
        case named
    }

    public let text: String
    private let form: Form
    private let pattern: LinePattern?

    /// Katib's default filter for standard output.
    public static let katib = #"([\w|-]+)\s*=\s*([+-]?\d*(\.\d+)?([Ee][+-]?\d+)?)"#
    /// What a sweep file may say instead of a pattern.
    public static let words = ["json", "katib"]

    /// - Parameter text: a regular expression, or `katib` for its default one, or `json`.
    /// - Throws: ``LinePattern/Mistake``
    public init(_ text: String) throws(LinePattern.Mistake) {
        self.text = text
        if text == "json" {
            form = .json
            pattern = nil
            return
        }
        let pattern = try LinePattern(text == "katib" ? Self.katib : text)
        let names = pattern.groupNames
        self.pattern = pattern
        if let name = names.firstIndex(of: "name"), let value = names.firstIndex(of: "value") {
            form = .pair(name: name + 1, value: value + 1)
        } else if names.contains(where: { $0 != nil && $0 != "step" }) {
            form = .named
        } else if names.count >= 2, !names.contains("step") {
            form = .pair(name: 1, value: 2)
        } else {
            throw LinePattern.Mistake(
                offset: 0,
                message: "no group is a metric: name one, (?<val_acc>[\\d.]+), or have two groups, name and value")
        }
    }

    /// True where lines are read as JSON; then ``fields(in:)`` finds nothing.
    public var isJSON: Bool { form == .json }

    /// Names and values as the line has them, numbers or not.
    public func fields(in line: [UInt8]) -> [(name: String, value: String)] {
        guard let pattern else { return [] }
        func text(_ range: Range<Int>?) -> String? { range.map { String(decoding: line[$0], as: UTF8.self) } }
        switch form {
        case .json: return []
        case .pair(let name, let value):
            return pattern.matches(in: line).compactMap { groups in
                guard let name = text(groups[name]), let value = text(groups[value]), !value.isEmpty else { return nil }
                return (name, value)
            }
        case .named:
            guard let groups = pattern.firstMatch(in: line) else { return [] }
            return pattern.groupNames.enumerated().compactMap { index, name in
                guard let name, let value = text(groups[index + 1]) else { return nil }
                return (name, value)
            }
        }
    }
}
