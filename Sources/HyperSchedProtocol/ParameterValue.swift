/// One value of a hyperparameter. On the wire it is a plain JSON scalar.
public enum ParameterValue: Hashable, Sendable {
    case int(Int64)
    case real(Double)
    case string(String)
    case bool(Bool)

    /// The text form that templates, environment variables and command lines use. `1e-05` stays a number that every
    /// common parser reads; Booleans are `true` and `false`.
    public var text: String {
        switch self {
        case .int(let value): String(value)
        case .real(let value): String(value)
        case .string(let value): value
        case .bool(let value): String(value)
        }
    }

    /// The value as a number, where it is one.
    public var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .real(let value): value
        case .string, .bool: nil
        }
    }
}

extension ParameterValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .real(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// A real that happens to be whole is written `2` in JSON and read back as an integer; readers that need a real
    /// use ``number``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .int(let value): try container.encode(value)
        case .real(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        }
    }
}
