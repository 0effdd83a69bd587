/// The tree of a pattern.
indirect enum PatternNode: Hashable {
    case empty
    case set(ByteSet)
    case assert(LinePattern.Condition)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case group(PatternNode, Int)
    case `repeat`(PatternNode, ClosedRange<Int>, isLazy: Bool)
    /// Any number from so many on.
    case atLeast(PatternNode, Int, isLazy: Bool)
}

/// Reads the text of a ``LinePattern``.
struct PatternParser {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var groupNames: [String?] = []
    private static let deepest = 40
    private static let mostRepeats = 100

    init(_ text: String) { bytes = Array(text.utf8) }

    private func mistake(_ message: String, at offset: Int? = nil) -> LinePattern.Mistake {
        LinePattern.Mistake(offset: offset ?? position, message: message)
    }

    mutating func pattern() throws(LinePattern.Mistake) -> PatternNode {
        let node = try alternatives(depth: 0)
        guard position == bytes.count else { throw mistake("')' without '('") }
        return node
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = Array("\(text)".utf8)
        guard bytes[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives(depth: Int) throws(LinePattern.Mistake) -> PatternNode {
        guard depth <= Self.deepest else { throw mistake("more than \(Self.deepest) groups inside each other") }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(LinePattern.Mistake) -> PatternNode {
        var items: [PatternNode] = []
        while let byte = next, byte != 0x7C, byte != 0x29 {
            items.append(try repeated(try atom(depth: depth)))
        }
        return items.isEmpty ? .empty : .sequence(items)
    }

    private mutating func atom(depth: Int) throws(LinePattern.Mistake) -> PatternNode {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "("): return try group(depth: depth)
        case UInt8(ascii: "["): return .set(try bracket())
        case UInt8(ascii: "\\"): return try escape()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): throw mistake("nothing to repeat")
        default: break
        }
        position += 1
        switch byte {
        case UInt8(ascii: "."): return .set(.all)
        case UInt8(ascii: "^"): return .assert(.start)
        case UInt8(ascii: "$"): return .assert(.end)
        default: return .set(Self.single(byte))
        }
    }

    private static func single(_ byte: UInt8) -> ByteSet {
        var set = ByteSet()
        set.insert(byte)
        return set
    }

    private mutating func group(depth: Int) throws(LinePattern.Mistake) -> PatternNode {
        let start = position
        position += 1
        var number: Int?
        if !take("?:") {
            var name: String?
            if take("?P<") || take("?<") {
                name = try groupName()
            } else if next == UInt8(ascii: "?") {
                throw mistake("only (?: ), (?<name> ) and (?P<name> ) are known")
            }
            groupNames.append(name)
            number = groupNames.count
            guard groupNames.count <= 32 else { throw mistake("more than 32 groups", at: start) }
        }
        let inner = try alternatives(depth: depth + 1)
        guard take(")") else { throw mistake("'(' without ')'", at: start) }
        return number.map { .group(inner, $0) } ?? inner
    }

    private mutating func groupName() throws(LinePattern.Mistake) -> String {
        let start = position
        while let byte = next, ByteSet.word.contains(byte) { position += 1 }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !name.isEmpty, !ByteSet.digit.contains(bytes[start]), take(">") else {
            throw mistake("expected a name of letters, digits and '_', then '>'", at: start)
        }
        guard !groupNames.contains(name) else { throw mistake("a second group '\(name)'", at: start) }
        return name
    }

    // MARK: Repeats

    private mutating func repeated(_ node: PatternNode) throws(LinePattern.Mistake) -> PatternNode {
        var result = node
        while let range = try repeatMark() {
            if case .assert = node { throw mistake("nothing to repeat") }
            let isLazy = take("?")
            if let high = range.high {
                result = .repeat(result, range.low...high, isLazy: isLazy)
            } else {
                result = .atLeast(result, range.low, isLazy: isLazy)
            }
        }
        return result
    }

    /// nil: nothing is repeated here. `high` nil: any number.
    private mutating func repeatMark() throws(LinePattern.Mistake) -> (low: Int, high: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        return next == UInt8(ascii: "{") ? try count() : nil
    }

    /// `{m}`, `{m,}`, `{m,n}`
    private mutating func count() throws(LinePattern.Mistake) -> (low: Int, high: Int?) {
        let start = position
        position += 1
        let low = number()
        let hasComma = take(",")
        let high = hasComma ? number() : low
        guard let low, take("}") else {
            throw mistake("expected {m}, {m,} or {m,n}; write \\{ for the character itself", at: start)
        }
        guard max(low, high ?? 0) <= Self.mostRepeats, low <= high ?? low else {
            throw mistake("expected 0 <= m <= n <= \(Self.mostRepeats)", at: start)
        }
        return (low, high)
    }

    private mutating func number() -> Int? {
        let start = position
        while let byte = next, ByteSet.digit.contains(byte), position - start < 6 { position += 1 }
        return Int(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    // MARK: Characters

    private mutating func escape() throws(LinePattern.Mistake) -> PatternNode {
        let start = position
        position += 1
        switch next {
        case UInt8(ascii: "b"): position += 1; return .assert(.wordEdge)
        case UInt8(ascii: "B"): position += 1; return .assert(.noWordEdge)
        default: return .set(try escapedSet(at: start))
        }
    }

    /// Behind the backslash.
    private mutating func escapedSet(at start: Int) throws(LinePattern.Mistake) -> ByteSet {
        guard let byte = next else { throw mistake("a backslash at the end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "w"): return .word
        case UInt8(ascii: "W"): return ByteSet.word.inverted
        case UInt8(ascii: "d"): return .digit
        case UInt8(ascii: "D"): return ByteSet.digit.inverted
        case UInt8(ascii: "s"): return .space
        case UInt8(ascii: "S"): return ByteSet.space.inverted
        case UInt8(ascii: "t"): return Self.single(0x09)
        case _ where ByteSet.word.contains(byte): throw mistake("unknown escape", at: start)
        default: return Self.single(byte)
        }
    }

    private mutating func bracket() throws(LinePattern.Mistake) -> ByteSet {
        let start = position
        position += 1
        let isInverted = take("^")
        var set = ByteSet()
        var isFirst = true
        while let byte = next, byte != UInt8(ascii: "]") || isFirst {
            isFirst = false
            guard byte < 0x80 else { throw mistake("only ASCII characters in [ ]") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                set.formUnion(try escapedSet(at: position - 1))
            } else if next == UInt8(ascii: "-"), position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "]") {
                position += 1
                try addRange(from: byte, to: &set)
            } else {
                set.insert(byte)
            }
        }
        guard take("]") else { throw mistake("'[' without ']'", at: start) }
        return isInverted ? set.inverted : set
    }

    private mutating func addRange(from low: UInt8, to set: inout ByteSet) throws(LinePattern.Mistake) {
        guard let high = next, high != UInt8(ascii: "\\"), high < 0x80, low <= high else {
            throw mistake("expected a range such as a-z")
        }
        position += 1
        for byte in low...high { set.insert(byte) }
    }
}
