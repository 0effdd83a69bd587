public import HyperSchedProtocol

/// Who held how many slots, and when: one row for each trial in the order of its first start, one column for each
/// interval of time. It is the picture by which HyperSched explains itself.
public struct SlotPicture: Sendable {
    private struct Row {
        let trial: TrialID
        var cells: [Int]
    }

    private static let labelWidth = 10

    private let attempts: [AttemptRecord]
    private let start: Timestamp
    private let end: Timestamp
    private let now: Timestamp
    private let deadline: Timestamp

    /// - Parameters:
    ///   - attempts: all of the sweep's.
    ///   - trials: only these are drawn; nil: all.
    public init(sweep: SweepSummary, attempts: [AttemptRecord], trials: Set<TrialID>? = nil) {
        self.attempts = attempts.filter { trials?.contains($0.attempt.trial) ?? true }
            .sorted { ($0.startedAt, $0.attempt) < ($1.startedAt, $1.attempt) }
        now = sweep.answeredAt
        start = sweep.createdAt
        deadline = sweep.spec.deadline
        let lastEnd = attempts.compactMap(\.endedAt).max() ?? start
        let natural = sweep.state.isTerminal ? max(sweep.endedAt ?? now, lastEnd) : max(deadline, now)
        end = max(natural, start.advanced(bySeconds: 1))
    }

    /// - Parameters:
    ///   - width: columns of the terminal.
    ///   - height: rows for trials at most; nil: all.
    public func lines(width: Int, height: Int? = nil) -> [StyledLine] {
        guard !attempts.isEmpty else { return [StyledLine("no trial has started yet", .faint)] }
        let columns = max(10, width - Self.labelWidth - 2)
        let rows = rows(columns)
        let shown = rows.prefix(height ?? rows.count)
        let seconds = ValueText.number(end.seconds(since: start) / Double(columns), digits: 3)
        var lines = [StyledLine("slots per trial against time; one column is \(seconds) s", .strong)]
        lines += shown.map { row in
            StyledLine(CellText.pad("trial \(row.trial)", to: Self.labelWidth - 1) + " |")
                + StyledLine(String(row.cells.map(Self.digit))) + "|"
        }
        if shown.count < rows.count { lines.append(StyledLine("… \(rows.count - shown.count) more trials", .faint)) }
        return lines + axis(columns)
    }

    private func rows(_ columns: Int) -> [Row] {
        var rows: [Row] = []
        var index: [TrialID: Int] = [:]
        for attempt in attempts {
            let trial = attempt.attempt.trial
            if index[trial] == nil {
                index[trial] = rows.count
                rows.append(Row(trial: trial, cells: Array(repeating: 0, count: columns)))
            }
            guard let row = index[trial] else { continue }
            let first = column(attempt.startedAt, columns)
            let last = column((attempt.endedAt ?? now).advanced(bySeconds: -0.001), columns)
            // An attempt shorter than a column is still seen: the largest number within the column counts.
            for cell in first...max(first, last) {
                rows[row].cells[cell] = max(rows[row].cells[cell], attempt.slots.count)
            }
        }
        return rows
    }

    private func column(_ instant: Timestamp, _ columns: Int) -> Int {
        let share = instant.seconds(since: start) / end.seconds(since: start)
        return min(max(Int(share * Double(columns)), 0), columns - 1)
    }

    /// 1 to 9, then a to z.
    private static func digit(_ slots: Int) -> Character {
        switch slots {
        case ..<1: "."
        case 1...9: Character("\(slots)")
        case 10...35: Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(slots - 10)))
        default: "#"
        }
    }

    private func axis(_ columns: Int) -> [StyledLine] {
        let blank = String(repeating: " ", count: Self.labelWidth)
        let every = 15
        var rule = (0..<columns).map { Character($0 % every == 0 ? "+" : "-") }
        var labels = ""
        for column in stride(from: 0, to: columns, by: every) {
            let seconds = end.seconds(since: start) * Double(column) / Double(columns)
            labels += CellText.pad(ValueText.number(seconds, digits: 4) + "s", to: every)
        }
        let offset = deadline.seconds(since: start)
        let isInside = deadline <= end
        if isInside { rule[column(deadline.advanced(bySeconds: -0.001), columns)] = "D" }
        let text = "deadline at \(ValueText.number(offset, digits: 6))s" + (isInside ? " (D)" : ", later than shown")
        return [
            StyledLine(blank + "+" + String(rule) + "+", .faint),
            StyledLine(blank + " " + String(labels.prefix(columns)), .faint),
            StyledLine(blank + " " + text, .faint),
        ]
    }
}
