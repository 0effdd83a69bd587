/// Walks over the bytes of a ``FlatObject``. Every method returns nil where the text is not JSON.
struct FlatObjectScanner {
    private let bytes: [UInt8]
    private var position = 0
    /// Nesting beyond this is garbage, and must not exhaust the stack.
    private static let maximumDepth = 64

    init(_ text: some Sequence<UInt8>) { bytes = Array(text) }

    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    mutating func object(depth: Int = 0) -> [FlatObject.Field]? {
        guard depth < Self.maximumDepth, take(0x7B) else { return nil }
        var fields: [FlatObject.Field] = []
        if take(0x7D) { return fields }
        repeat {
            guard let name = string(), take(0x3A), let value = value(depth: depth) else { return nil }
            fields.append(FlatObject.Field(name: name, value: value))
        } while take(0x2C)
        return take(0x7D) ? fields : nil
    }

    /// One object, or an array of objects.
    mutating func objects() -> [[FlatObject.Field]]? {
        guard take(0x5B) else { return object().map { [$0] } }
        var objects: [[FlatObject.Field]] = []
        if take(0x5D) { return objects }
        repeat {
            guard let next = object() else { return nil }
            objects.append(next)
        } while take(0x2C)
        return take(0x5D) ? objects : nil
    }

    private mutating func value(depth: Int) -> FlatObject.Value? {
        skipSpace()
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case 0x22: return string().map { .string($0) }
        case 0x7B: return object(depth: depth + 1).map { _ in .other }
        case 0x5B: return array(depth: depth + 1) ? .other : nil
        default: return word()
        }
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth < Self.maximumDepth, take(0x5B) else { return false }
        if take(0x5D) { return true }
        repeat {
            guard value(depth: depth) != nil else { return false }
        } while take(0x2C)
        return take(0x5D)
    }

    /// A number or one of the literals: everything up to the next character that can not be part of one.
    private mutating func word() -> FlatObject.Value? {
        let start = position
        while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if ["true", "false", "null"].contains(text) { return .other }
        return FlatObject.number(text).map { .number($0) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x2B || byte == 0x2D || byte == 0x2E
    }

    private mutating func string() -> String? {
        guard take(0x22) else { return nil }
        var units: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case 0x22: return String(decoding: units, as: UTF8.self)
            case 0x5C:
                guard let scalar = escape() else { return nil }
                units.append(contentsOf: String(Character(scalar)).utf8)
            default: units.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return Unicode.Scalar(byte)
        case 0x62: return "\u{8}"
        case 0x66: return "\u{C}"
        case 0x6E: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75: return unicodeEscape()
        default: return nil
        }
    }

    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let first = hexadecimal() else { return nil }
        guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        guard position + 1 < bytes.count, bytes[position] == 0x5C, bytes[position + 1] == 0x75 else {
            return "\u{FFFD}"
        }
        position += 2
        guard let second = hexadecimal() else { return nil }
        guard (0xDC00...0xDFFF).contains(second) else { return "\u{FFFD}" }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy({ $0 != 0x2B && $0 != 0x2D }) else { return nil }
        position += 4
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func skipSpace() {
        while position < bytes.count, ReportLineParser.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}
