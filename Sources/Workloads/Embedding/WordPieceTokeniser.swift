import Foundation

/// BERT's tokeniser for lower-case English (Devlin et al., arXiv:1810.04805, and google-research/bert
/// `tokenization.py`): accents dropped, punctuation split off, then the longest known pieces from the left.
struct WordPieceTokeniser {
    private static let longestWord = 100

    private let numbers: [String: Int]
    private let first: Int
    private let last: Int
    private let unknown: Int

    /// - Parameter path: a `vocab.txt`, one piece per line.
    init(path: String) throws(WorkloadError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw WorkloadError(.badData, "\(path): cannot be read as UTF-8 text; expected one piece per line")
        }
        try self.init(lines: text.components(separatedBy: "\n"), path: path)
    }

    init(lines: [String], path: String) throws(WorkloadError) {
        numbers = Dictionary(lines.enumerated().map { ($1, $0) }) { first, _ in first }
        guard let first = numbers["[CLS]"], let last = numbers["[SEP]"], let unknown = numbers["[UNK]"] else {
            throw WorkloadError(.badData, "\(path): expected the lines [CLS], [SEP] and [UNK], found none of them")
        }
        (self.first, self.last, self.unknown) = (first, last, unknown)
    }

    /// Numbers of `[CLS]`, the pieces and `[SEP]`, cut to at most `limit`.
    func tokens(_ text: String, limit: Int) -> [Int] {
        let pieces = words(text).flatMap(pieces)
        return [first] + pieces.prefix(limit - 2) + [last]
    }

    private func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func close() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        for scalar in text.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars {
            if scalar.properties.isWhitespace {
                close()
            } else if Self.isDropped(scalar) {
                continue
            } else if Self.standsAlone(scalar) {
                close()
                words.append(String(scalar))
            } else {
                word.unicodeScalars.append(scalar)
            }
        }
        close()
        return words
    }

    /// Accents and control characters.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        let category = scalar.properties.generalCategory
        return category == .nonspacingMark || category == .control || category == .format || scalar.value == 0xFFFD
    }

    /// Punctuation, ASCII symbols and Chinese characters are words by themselves.
    private static func standsAlone(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 33...47, 58...64, 91...96, 123...126: return true
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    private func pieces(_ word: String) -> [Int] {
        let characters = Array(word.unicodeScalars)
        guard characters.count <= Self.longestWord else { return [unknown] }
        var found: [Int] = []
        var start = 0
        while start < characters.count {
            var end = characters.count
            var number: Int?
            while number == nil, end > start {
                var piece = String(String.UnicodeScalarView(characters[start..<end]))
                if start > 0 { piece = "##" + piece }
                number = numbers[piece]
                if number == nil { end -= 1 }
            }
            guard let number else { return [unknown] }
            found.append(number)
            start = end
        }
        return found
    }
}
