import Foundation

/// Texts as they may stand on a terminal.
enum CellText {
    /// Without control characters: names, and the output of programs, must not steer the terminal.
    static func clean(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result.append(isControl || isDirectional(scalar) ? " " : scalar)
        }
        return String(result)
    }

    /// Columns that the text takes: two for wide East Asian characters and emoji, none for combining ones.
    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    /// The text in at most `columns` columns, cut with `…`.
    static func clip(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var result = ""
        var used = 0
        for character in text {
            used += width(character)
            if used > columns - 1 { break }
            result.append(character)
        }
        return result + "…"
    }

    static func pad(_ text: String, to columns: Int, right: Bool = false) -> String {
        let clipped = clip(text, to: columns)
        let blanks = String(repeating: " ", count: max(0, columns - width(clipped)))
        return right ? blanks + clipped : clipped + blanks
    }

    /// Overrides of the writing direction would show a line in another order than it has.
    private static func isDirectional(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        case 0x300...0x36F, 0x200B...0x200F: return 0
        default: return 1
        }
    }
}
