/// A regular expression over one line of bytes, which takes time proportional to the length of the line whatever the
/// pattern is: patterns come from users, and lines from their programs, while an agent serves others, too.
///
/// The syntax of Go's RE2 as far as it is about ASCII: `.` `[…]` `\w \d \s \W \D \S \b \B`, `^` `$` of the line,
/// `( )` `(?: )` `(?<name> )` `(?P<name> )`, `|`, `* + ? {m,n}` and their lazy forms. No back references, no look-around.
/// Of several matches at one place the first alternative wins, as in Perl. The method is Thompson's, with captures as
/// Pike added them (R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009).
public struct LinePattern: Hashable, Sendable {
    /// Why a pattern can not be used.
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        /// Offset in the pattern, bytes.
        public let offset: Int
        public let message: String
        public var description: String { "\(message), at character \(offset + 1)" }
    }

    /// Bytes of a pattern.
    public static let longest = 1024
    /// Names of the groups, from group 1 on; nil for one without.
    public let groupNames: [String?]
    let program: [Instruction]

    /// - Throws: ``Mistake``
    public init(_ text: String) throws(Mistake) {
        guard text.utf8.count <= Self.longest else {
            throw Mistake(offset: Self.longest, message: "longer than \(Self.longest) bytes")
        }
        var parser = PatternParser(text)
        let node = try parser.pattern()
        groupNames = parser.groupNames
        var compiler = PatternCompiler()
        try compiler.add(.group(node, 0))
        compiler.program.append(.match)
        program = compiler.program
    }

    enum Instruction: Hashable, Sendable {
        case set(ByteSet)
        /// Go on at both, the first one first.
        case split(Int, Int)
        case jump(Int)
        /// Note the place: two slots for each group.
        case save(Int)
        case assert(Condition)
        case match
    }

    enum Condition: Hashable, Sendable { case start, end, wordEdge, noWordEdge }
}

/// Which of the 256 bytes.
struct ByteSet: Hashable, Sendable {
    private var words = SIMD4<UInt64>()

    static let word = ByteSet { $0 == 0x5F || (0x30...0x39).contains($0) || isLetter($0) }
    static let digit = ByteSet { (0x30...0x39).contains($0) }
    static let space = ByteSet { $0 == 0x20 || (0x09...0x0D).contains($0) }
    static let all = ByteSet { _ in true }

    init() {}

    private init(_ has: (UInt8) -> Bool) {
        for byte in UInt8.min...UInt8.max where has(byte) { insert(byte) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0 }
    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    mutating func formUnion(_ other: ByteSet) { words |= other.words }

    var inverted: ByteSet {
        var result = self
        result.words = ~words
        return result
    }
}
