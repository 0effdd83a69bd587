/// One value of a hyperparameter. On the wire it is a plain JSON scalar, null, or a list of such.
public enum ParameterValue: Hashable, Sendable {
    case int(Int64)
    case real(Double)
    case string(String)
    case bool(Bool)
    /// One of several listed values may be "none".
    case null
    /// Layer widths, betas of an optimiser and the like. Reals in it that are whole are whole numbers, because JSON
    /// writes both alike.
    case list([ParameterValue])

    /// The text form that environment variables and tables use. `1e-05` stays a number that every common parser
    /// reads; Booleans are `true` and `false`, lists are JSON.
    public var text: String {
        switch self {
        case .int(let value): String(value)
        case .real(let value): String(value)
        case .string(let value): value
        case .bool(let value): String(value)
        case .null: "null"
        case .list: WireCoding.encodeText(self)
        }
    }

    /// What Python's `str` gives for it: W&B's agent puts values on command lines in this form.
    public var pythonText: String {
        if case .string(let text) = self { return text }
        return pythonLiteral
    }

    /// What Python's `repr` gives for it.
    public var pythonLiteral: String {
        switch self {
        case .int, .real: text
        case .string(let text): Self.quoted(text)
        case .bool(let value): value ? "True" : "False"
        case .null: "None"
        case .list(let items): "[" + items.map(\.pythonLiteral).joined(separator: ", ") + "]"
        }
    }

    /// A text as Python's `repr` writes it.
    public static func quoted(_ text: String) -> String {
        let mark = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = mark
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "'" where mark == "'": result += "\\'"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + mark
    }

    /// The value as a number, where it is one.
    public var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .real(let value): value
        case .string, .bool, .null, .list: nil
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
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if container.decodeNil() {
            self = .null
        } else {
            self = .list(try container.decode([ParameterValue].self))
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
        case .null: try container.encodeNil()
        case .list(let items): try container.encode(items)
        }
    }
}
