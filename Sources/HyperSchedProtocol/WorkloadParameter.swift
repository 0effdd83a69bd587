/// One parameter of a bundled workload: what it may be, what it is when left out, what it does.
public struct WorkloadParameter: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case int(ClosedRange<Int64>)
        case real(ClosedRange<Double>)
        /// One of a few words.
        case choice([String])
        /// Any text, for example a path.
        case text
        case bool
    }

    public let name: String
    public let kind: Kind
    /// Nil where the value follows from other parameters; `help` then says how.
    public let defaultValue: ParameterValue?
    public let help: String

    public init(_ name: String, _ kind: Kind, default defaultValue: ParameterValue?, help: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.help = help
    }

    /// What is legal, for a person: "a whole number from 1 to 4096".
    public var expectation: String {
        switch kind {
        case .int(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .real(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .text: "text"
        case .bool: "true or false"
        }
    }

    /// The value in this parameter's own type, or nil where it is illegal. A whole number is a legal real, and a real
    /// without a fraction is a legal whole number, because JSON and YAML do not tell them apart.
    public func accepted(_ value: ParameterValue) -> ParameterValue? {
        switch (kind, value) {
        case (.int(let range), .int(let number)): range.contains(number) ? value : nil
        case (.int(let range), .real(let number)):
            Int64(exactly: number).flatMap { range.contains($0) ? .int($0) : nil }
        case (.real(let range), .int), (.real(let range), .real):
            value.number.flatMap { range.contains($0) ? .real($0) : nil }
        case (.choice(let words), .string(let word)): words.contains(word) ? value : nil
        case (.text, .string), (.bool, .bool): value
        default: nil
        }
    }

    /// Why the value is illegal, or nil where it is legal.
    public func problem(with value: ParameterValue) -> String? {
        accepted(value) == nil ? "\(name): expected \(expectation), found \(value.text)" : nil
    }

    /// Reads a value written as text, for example on a command line; nil where it does not have this parameter's type.
    public func parsed(_ text: String) -> ParameterValue? {
        switch kind {
        case .int: Int64(text).map(ParameterValue.int) ?? Double(text).map(ParameterValue.real)
        case .real: Double(text).map(ParameterValue.real)
        case .choice, .text: .string(text)
        case .bool: Bool(text).map(ParameterValue.bool)
        }
    }
}
