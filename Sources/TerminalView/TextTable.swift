/// Columns of text under a head, each as wide as its widest cell; the last one may be cut.
struct TextTable {
    struct Column {
        let title: String
        var isNumeric = false
    }

    let columns: [Column]
    private var rows: [[String]] = []
    private var styles: [StyledLine.Style] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// - Parameter cells: one for each column.
    mutating func add(_ cells: [String], style: StyledLine.Style = .plain) {
        precondition(cells.count == columns.count, "a row has one cell for each column")
        rows.append(cells.map(CellText.clean))
        styles.append(style)
    }

    /// The head, then the rows, in at most `width` columns of the terminal.
    func lines(width: Int) -> [StyledLine] {
        let widths = columns.indices.map { index in
            ([columns[index].title] + rows.map { $0[index] }).map(CellText.width).max() ?? 0
        }
        let head = StyledLine(line(columns.map(\.title), widths), .faint)
        let body = zip(rows, styles).map { StyledLine(line($0, widths), $1) }
        return ([head] + body).map { $0.clipped(to: width) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { index in
            index == cells.count - 1 && !columns[index].isNumeric
                ? cells[index] : CellText.pad(cells[index], to: widths[index], right: columns[index].isNumeric)
        }
        return padded.joined(separator: "  ")
    }
}
