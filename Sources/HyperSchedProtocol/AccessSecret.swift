/// The text of a token: `hst_`, then 84 hexadecimal digits: 12 of its id, 64 of the secret (256 random bits), and 8 of
/// a checksum, so that scanners for leaked secrets can tell a token from anything else: `hst_[0-9a-f]{84}`, and the
/// last 8 digits are the first 8 of the SHA-256 of all before them.
public struct AccessSecret: Hashable, Sendable {
    public static let prefix = "hst_"
    private static let idLength = 12
    private static let secretLength = 64
    private static let checksumLength = 8

    /// Names the token; not secret.
    public let id: String
    /// All of it. To be shown once, to the one who asked for it, and to nobody else.
    public let text: String

    /// - Parameter random: at least 38 bytes of a cryptographic generator.
    public init(random: [UInt8]) {
        precondition(random.count >= (Self.idLength + Self.secretLength) / 2, "too few random bytes")
        let digits = Self.hex(random).prefix(Self.idLength + Self.secretLength)
        id = String(digits.prefix(Self.idLength))
        text = Self.prefix + digits + Self.checksum(Self.prefix + digits)
    }

    /// nil for anything that no daemon has ever made: a typing error is found without asking.
    public init?(_ text: String) {
        let length = Self.prefix.utf8.count + Self.idLength + Self.secretLength + Self.checksumLength
        guard text.utf8.count == length, text.hasPrefix(Self.prefix) else { return nil }
        let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
        guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        let body = String(text.dropLast(Self.checksumLength))
        guard text.hasSuffix(Self.checksum(body)) else { return nil }
        id = String(body.dropFirst(Self.prefix.utf8.count).prefix(Self.idLength))
        self.text = text
    }

    /// What is stored: SHA-256, 64 digits. No slow hash is needed, because nobody can guess 256 random bits.
    public var hash: String { SHA256.hex(of: text.utf8) }

    /// Compares in a time that does not depend on where the first difference is.
    public static func isEqual(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }

    /// Lower-case hexadecimal digits.
    public static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".unicodeScalars)
        var text = ""
        for byte in bytes {
            text.unicodeScalars.append(digits[Int(byte >> 4)])
            text.unicodeScalars.append(digits[Int(byte & 15)])
        }
        return text
    }

    private static func checksum(_ body: String) -> String {
        String(SHA256.hex(of: body.utf8).prefix(checksumLength))
    }
}

extension AccessSecret: CustomStringConvertible, CustomDebugStringConvertible {
    /// Never the secret: texts end up in logs.
    public var description: String { "token \(id)" }
    public var debugDescription: String { description }
}
