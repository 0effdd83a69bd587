/// One line of a terminal screen: pieces of text, each with a style.
public struct StyledLine: Hashable, Sendable, ExpressibleByStringLiteral {
    public enum Style: Hashable, Sendable { case plain, strong, faint, good, bad, warning }

    struct Piece: Hashable, Sendable {
        var text: String
        var style: Style
    }

    private(set) var pieces: [Piece]

    public init(_ text: String = "", _ style: Style = .plain) {
        pieces = text.isEmpty ? [] : [Piece(text: CellText.clean(text), style: style)]
    }

    public init(stringLiteral text: String) { self.init(text) }

    public static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.pieces += b.pieces
        return sum
    }

    var width: Int { pieces.reduce(0) { $0 + CellText.width($1.text) } }

    /// The line in at most `columns` columns.
    func clipped(to columns: Int) -> Self {
        guard width > columns else { return self }
        var left = columns
        var line = Self()
        for piece in pieces where left > 0 {
            let text = CellText.clip(piece.text, to: left)
            line.pieces.append(Piece(text: text, style: piece.style))
            left -= CellText.width(text)
        }
        return line
    }

    /// - Parameter colours: false: the bare text.
    public func text(colours: Bool) -> String {
        pieces.map { piece in
            guard colours, let code = Self.code(piece.style) else { return piece.text }
            return "\u{1B}[\(code)m\(piece.text)\u{1B}[0m"
        }.joined()
    }

    private static func code(_ style: Style) -> Int? {
        switch style {
        case .plain: nil
        case .strong: 1
        case .faint: 2
        case .good: 32
        case .bad: 31
        case .warning: 33
        }
    }
}
