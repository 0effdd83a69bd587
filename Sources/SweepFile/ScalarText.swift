import HyperSchedProtocol
import Yams

/// What a scalar of the file means. The rules are those of PyYAML, which W&B reads sweep files with, except that
/// `1e-4` is a number here (PyYAML wants `1.0e-4`).
struct ScalarText {
    let text: String
    let isQuoted: Bool

    /// nil for a list or a mapping.
    init?(_ node: Node) {
        guard let scalar = node.scalar else { return nil }
        text = scalar.string
        isQuoted = scalar.style != .plain && scalar.style != .any
    }

    var isNull: Bool { !isQuoted && ["", "~", "null", "Null", "NULL"].contains(text) }

    var bool: Bool? {
        guard !isQuoted else { return nil }
        return switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
        default: nil
        }
    }

    /// `yes`, `off` and so on: Booleans for PyYAML, words for most people.
    var isWordlikeBool: Bool { bool != nil && !["true", "false"].contains(text.lowercased()) }

    /// A whole number written without point and exponent; quotes do not matter.
    var integer: Int64? {
        let digits = text.replacing("_", with: "")
        if digits.hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16) }
        return Int64(digits)
    }

    /// Any finite number; quotes do not matter.
    var number: Double? {
        if let integer { return Double(integer) }
        guard text.utf8.allSatisfy({ Self.isNumberByte($0) }),
            text.utf8.contains(where: { (0x30...0x39).contains($0) }),
            let value = Double(text.replacing("_", with: "")), value.isFinite
        else { return nil }
        return value
    }

    /// The value as a hyperparameter: here quotes make a text of it. nil for null.
    var parameterValue: ParameterValue? {
        if isNull { return nil }
        if isQuoted { return .string(text) }
        if let bool { return .bool(bool) }
        if let integer { return .int(integer) }
        if let number { return .real(number) }
        return .string(text)
    }

    /// Keeps `inf`, `nan` and hexadecimal floats, which Swift would read, out.
    private static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x5F, 0x65: true
        default: false
        }
    }
}
