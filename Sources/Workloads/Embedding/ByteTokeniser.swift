/// CLIP's tokeniser (openai/CLIP, `simple_tokenizer.py`): lower case, pieces of bytes joined by a list of merges, 77
/// numbers with a start, an end, and zeros behind.
struct ByteTokeniser {
    static let length = 77
    /// Merges that CLIP uses of the longer file.
    private static let mergeCount = 49_152 - 256 - 2

    private static let fileLimit = 64 << 20

    private let ranks: [Pair: Int]
    private let numbers: [String: Int]
    private let start: Int
    private let end: Int

    private struct Pair: Hashable {
        let left: String
        let right: String
    }

    /// - Parameter path: `bpe_simple_vocab_16e6.txt.gz`, or the same unpacked: a title line, then two pieces per line.
    init(path: String) throws(WorkloadError) {
        // zlib passes files through that are not packed.
        let text = String(decoding: try GzipReader.read(path, limit: Self.fileLimit), as: UTF8.self)
        try self.init(lines: text.split(separator: "\n").dropFirst().map(String.init), path: path)
    }

    /// - Parameter lines: merges, the earlier first.
    init(lines: [String], path: String) throws(WorkloadError) {
        let bytes = Self.letters.sorted { Self.order($0.key) < Self.order($1.key) }.map(\.value)
        var pieces = bytes + bytes.map { $0 + "</w>" }
        var ranks: [Pair: Int] = [:]
        for (rank, line) in lines.prefix(Self.mergeCount).enumerated() {
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 2 else {
                throw WorkloadError(
                    .badData, "\(path): expected two pieces per line, found '\(line)' in line \(rank + 2)")
            }
            ranks[Pair(left: parts[0], right: parts[1])] = rank
            pieces.append(parts[0] + parts[1])
        }
        self.ranks = ranks
        numbers = Dictionary(pieces.enumerated().map { ($1, $0) }) { _, last in last }
        (start, end) = (pieces.count, pieces.count + 1)
    }

    /// Always `length` numbers.
    /// - Throws: `.badParameters` where the text is too long.
    func tokens(_ text: String) throws(WorkloadError) -> [Int64] {
        let inner = Self.words(text).flatMap(pieces)
        guard inner.count + 2 <= Self.length else {
            throw WorkloadError(
                .badParameters,
                "prompt: expected at most \(Self.length - 2) pieces, found \(inner.count) in '\(text.prefix(60))...'")
        }
        let all = [start] + inner + [end]
        return all.map(Int64.init) + [Int64](repeating: 0, count: Self.length - all.count)
    }

    /// Runs of letters, single digits, runs of other characters, English contractions.
    private static func words(_ text: String) -> [String] {
        let clean = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
        var words: [String] = []
        var rest = Substring(clean)
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
            } else if let found = contractions.first(where: { rest.hasPrefix($0) }) {
                words.append(found)
                rest.removeFirst(found.count)
            } else {
                let kind = Kind(first)
                let word = kind == .number ? rest.prefix(1) : rest.prefix { Kind($0) == kind }
                words.append(String(word))
                rest.removeFirst(word.count)
            }
        }
        return words
    }

    private enum Kind {
        case letter, number, space, other

        init(_ character: Character) {
            if character.isLetter {
                self = .letter
            } else if character.isNumber {
                self = .number
            } else if character.isWhitespace {
                self = .space
            } else {
                self = .other
            }
        }
    }

    private func pieces(_ word: String) -> [Int] {
        var parts = word.utf8.compactMap { Self.letters[$0] }
        guard let last = parts.popLast() else { return [] }
        parts.append(last + "</w>")
        while parts.count > 1 {
            let pairs = zip(parts, parts.dropFirst()).map { Pair(left: $0, right: $1) }
            guard let best = pairs.filter({ ranks[$0] != nil }).min(by: { ranks[$0]! < ranks[$1]! }) else { break }
            var joined: [String] = []
            var place = 0
            while place < parts.count {
                if place + 1 < parts.count, parts[place] == best.left, parts[place + 1] == best.right {
                    joined.append(best.left + best.right)
                    place += 2
                } else {
                    joined.append(parts[place])
                    place += 1
                }
            }
            parts = joined
        }
        return parts.compactMap { numbers[$0] }
    }

    /// A visible character for each byte, as in the list of merges.
    private static let letters: [UInt8: String] = {
        var letters: [UInt8: String] = [:]
        var extra: UInt32 = 256
        for byte in UInt8.min...UInt8.max {
            let isVisible = (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174
            let value = isVisible ? UInt32(byte) : extra
            if !isVisible { extra += 1 }
            letters[byte] = Unicode.Scalar(value).map(String.init)
        }
        return letters
    }()

    /// The list of pieces starts with the visible bytes; the others follow.
    private static func order(_ byte: UInt8) -> Int {
        let isVisible = (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174
        return (isVisible ? 0 : 256) + Int(byte)
    }
}
