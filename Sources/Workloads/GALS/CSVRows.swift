import Foundation

/// Rows of comma-separated values with a header line (RFC 4180: fields may be quoted, quotes doubled).
struct CSVRows {
    let path: String
    let header: [String]
    let rows: [[String]]

    init(path: String) throws(WorkloadError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw WorkloadError(.badData, "\(path): cannot be read as UTF-8 text")
        }
        try self.init(path: path, text: text)
    }

    init(path: String, text: String) throws(WorkloadError) {
        self.path = path
        var lines = Self.split(text)
        guard !lines.isEmpty else { throw WorkloadError(.badData, "\(path): expected a header line, found none") }
        header = lines.removeFirst()
        for (number, line) in lines.enumerated() where line.count != header.count {
            throw WorkloadError(
                .badData,
                "\(path): row \(number + 1): expected \(header.count) fields as in the header, found \(line.count)")
        }
        rows = lines
    }

    /// The place of a column.
    func column(_ name: String) -> Int? { header.firstIndex(of: name) }

    private static func split(_ text: String) -> [[String]] {
        var lines: [[String]] = []
        var line: [String] = []
        var field = ""
        var quoted = false
        var previous: Character = " "
        for character in text {
            if character == "\"" {
                // A doubled quote stands for one.
                if !quoted && previous == "\"" { field.append(character) }
                quoted.toggle()
            } else if !quoted && character == "," {
                line.append(field)
                field = ""
            } else if !quoted && character.isNewline {
                line.append(field)
                if line != [""] { lines.append(line) }
                (line, field) = ([], "")
            } else {
                field.append(character)
            }
            previous = character
        }
        line.append(field)
        if line != [""] { lines.append(line) }
        return lines
    }
}
