import HyperSchedProtocol

/// The last lines of a program's output that are no reports: they say why it failed, most often.
struct OutputTail: Hashable, Sendable {
    /// Lines that are looked at to tell what went wrong; people are shown fewer.
    static let maximumLines = 40

    /// Cut to a length for people, not yet text: most lines are never looked at.
    private var lines: [[UInt8]] = []
    /// Where the next line goes, once all places are taken.
    private var next = 0

    mutating func add(_ bytes: [UInt8]) {
        guard bytes.contains(where: { $0 > 0x20 && $0 != 0x7F }) else { return }
        let line = Array(bytes.prefix(AttemptFailure.maximumLineLength))
        if lines.count < Self.maximumLines {
            lines.append(line)
        } else {
            lines[next] = line
            next = (next + 1) % Self.maximumLines
        }
    }

    /// Oldest first, without control characters.
    var texts: [String] { (lines[next...] + lines[..<next]).map(Self.text) }

    /// Empty where there is none.
    var last: String {
        guard !lines.isEmpty else { return "" }
        return Self.text(lines[(next + lines.count - 1) % lines.count])
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
    }
}
