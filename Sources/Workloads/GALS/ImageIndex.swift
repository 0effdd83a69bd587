/// The list of a data set's images: `metadata.csv` of Waterbirds as it is, or any table with a column each for the
/// file, the label and the split, and perhaps one for what the label is confused with.
struct ImageIndex: Equatable, Sendable {
    enum Split: Int, CaseIterable, Sendable {
        case training = 0
        case validation, test

        static func named(_ text: String) -> Split? {
            switch text.lowercased() {
            case "0", "train": .training
            case "1", "val", "valid", "validation": .validation
            case "2", "test": .test
            default: nil
            }
        }
    }

    struct Row: Equatable, Sendable {
        let file: String
        let label: Int
        /// What the label may be confused with; 0 where there is no such column.
        let place: Int
        let split: Split
    }

    /// Which columns hold what.
    struct Columns: Equatable, Sendable {
        var file: String?
        var label = "y"
        /// Nil: groups are the classes.
        var place: String? = "place"
        var split = "split"
    }

    let path: String
    let rows: [Row]
    let classNames: [String]
    let placeNames: [String]

    /// A group for each label and place, in the order 2 label + place for two places (GALS, Waterbirds).
    func group(_ row: Row) -> Int { row.label * placeNames.count + row.place }

    var groupNames: [String] {
        guard placeNames.count > 1 else { return classNames }
        return classNames.flatMap { label in placeNames.map { "\(label) on \($0)" } }
    }

    /// - Throws: `.badData` naming the file, the row, what was expected and what was found.
    init(path: String, columns: Columns) throws(WorkloadError) {
        let table = try CSVRows(path: path)
        func place(_ names: [String]) throws(WorkloadError) -> Int {
            if let found = names.lazy.compactMap(table.column).first { return found }
            throw WorkloadError(
                .badData,
                "\(path): expected a column \(names.joined(separator: " or ")), found "
                    + table.header.joined(separator: ", "))
        }
        let files = try place(columns.file.map { [$0] } ?? ["img_filename", "filename", "abs_file_path", "file"])
        let labels = try place([columns.label])
        let splits = try place([columns.split])
        // Waterbirds' column is there or it is not; one that was asked for must be.
        let places = columns.place.flatMap(table.column)
        if let name = columns.place, name != "place", places == nil { _ = try place([name]) }
        self.path = path
        let classes = try Numbering(table.rows.map { $0[labels] }, column: columns.label)
        let backgrounds: Numbering
        if let places {
            backgrounds = try Numbering(table.rows.map { $0[places] }, column: table.header[places])
        } else {
            backgrounds = try Numbering(table.rows.map { _ in "0" }, column: "none")
        }
        classNames = classes.names
        placeNames = backgrounds.names
        guard classNames.count >= 2 else {
            throw WorkloadError(
                .badData, "\(path): \(columns.label): expected at least two classes, found \(classNames.count)")
        }
        var rows: [Row] = []
        for (number, fields) in table.rows.enumerated() {
            guard let split = Split.named(fields[splits]) else {
                throw WorkloadError(
                    .badData,
                    "\(path): row \(number + 1): \(columns.split): expected 0, 1, 2 or train, val, test, found "
                        + fields[splits])
            }
            rows.append(
                Row(
                    file: fields[files], label: classes.numbers[number], place: backgrounds.numbers[number],
                    split: split))
        }
        self.rows = rows
    }

    /// Numbers for the values of a column: whole numbers stand for themselves, other words are numbered in their order.
    private struct Numbering {
        let names: [String]
        let numbers: [Int]

        init(_ texts: [String], column: String) throws(WorkloadError) {
            let parsed = texts.map { Int($0) }
            if parsed.allSatisfy({ $0.map { (0..<100_000).contains($0) } ?? false }) {
                let count = (parsed.compactMap { $0 }.max() ?? -1) + 1
                names = (0..<count).map { "\(column) \($0)" }
                numbers = parsed.map { $0 ?? 0 }
            } else {
                names = Array(Set(texts)).sorted()
                let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
                numbers = texts.map { places[$0] ?? 0 }
            }
        }
    }
}
