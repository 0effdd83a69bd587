/// A comma-separated table with a head line; fields may be quoted (RFC 4180, but no line ends inside quotes).
struct CSVFile {
    struct Row {
        /// Line of the file, from 1.
        let line: Int
        let fields: [Substring]
    }

    let path: String
    let head: [String]
    let rows: [Row]

    init(_ path: String) throws(ReplayError) { try self.init(path: path, text: TableFile.read(path)) }

    init(path: String, text: String) throws(ReplayError) {
        self.path = path
        var rows: [Row] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.isEmpty {
            rows.append(Row(line: number + 1, fields: Self.fields(line)))
        }
        guard let first = rows.first else {
            throw ReplayError("\(path) is empty", fix: "begin with a line of column names such as config,step,metric")
        }
        head = first.fields.map { Self.trimmed($0) }
        for row in rows where row.fields.count != first.fields.count {
            throw ReplayError(
                "\(path), line \(row.line): \(row.fields.count) fields, the head has \(first.fields.count)",
                fix: "write one field for each column")
        }
        self.rows = Array(rows.dropFirst())
    }

    /// The first column that has one of these names; nil: none has.
    func column(_ names: [String]) -> Int? {
        names.lazy.compactMap { name in head.firstIndex { $0.lowercased() == name.lowercased() } }.first
    }

    func requiredColumn(_ names: [String], option: String?) throws(ReplayError) -> Int {
        if let column = column(names) { return column }
        throw ReplayError(
            "\(path) has no column '\(names.joined(separator: "' or '"))'; it has \(head.joined(separator: ", "))",
            fix: option.map { "name the column with \($0)" } ?? "rename the column to '\(names[0])'")
    }

    func number(_ row: Row, _ column: Int) throws(ReplayError) -> Double {
        let text = Self.trimmed(row.fields[column])
        if text.isEmpty { return .nan }
        guard let number = Double(text) else {
            throw ReplayError(
                "\(path), line \(row.line): expected a number in column '\(head[column])', found '\(text)'",
                fix: "write a number, or nan where there is none")
        }
        return number
    }

    private static func trimmed(_ field: Substring) -> String {
        String(field.drop { $0 == " " || $0 == "\u{FEFF}" }.reversed().drop { $0 == " " }.reversed())
    }

    private static func fields(_ line: Substring) -> [Substring] {
        guard line.contains("\"") else { return line.split(separator: ",", omittingEmptySubsequences: false) }
        var fields: [Substring] = []
        var field = ""
        var quoted = false
        for character in line {
            switch character {
            case "\"": quoted.toggle()
            case "," where !quoted:
                fields.append(Substring(field))
                field = ""
            default: field.append(character)
            }
        }
        return fields + [Substring(field)]
    }
}
