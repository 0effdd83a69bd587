import CTerminal
import Foundation
import TerminalView

/// Where the output goes.
struct Terminal: Sendable {
    /// What is assumed where nobody says.
    private static let usualSize = (columns: 120, rows: 40)

    /// False for a file or a pipe.
    let isInteractive: Bool
    let colours: Bool
    private let environment: [String: String]

    init() {
        environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        // https://no-color.org
        colours = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// At this moment: the window may change.
    var size: (columns: Int, rows: Int) {
        var (columns, rows): (Int32, Int32) = (0, 0)
        if cterminal_size(STDOUT_FILENO, &columns, &rows) == 1 { return (Int(columns), Int(rows)) }
        let told = ["COLUMNS", "LINES"].map { environment[$0].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil } }
        return (told[0] ?? Self.usualSize.columns, told[1] ?? Self.usualSize.rows)
    }

    var width: Int { size.columns }

    func print(_ lines: [StyledLine]) {
        write(lines.map { $0.text(colours: colours) + "\n" }.joined())
    }

    func print(_ line: StyledLine) { print([line]) }

    /// At once and whole: the live view must not flicker. A reader that has gone away is no error of ours.
    func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }

    static func say(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }
}
