import HyperSchedProtocol

/// How much of an attempt's output the daemon keeps: the beginning, and, of what is more, the end. In between stands a
/// mark that people see.
struct OutputCap: Sendable {
    /// Bytes of the beginning.
    let limit: Int64
    /// The latest bytes of the output.
    private var recent: [UInt8] = []
    /// Offset in the output just behind `recent`.
    private var end: Int64 = 0

    static let endLength = 16 * 1024

    init(limit: Int64) { self.limit = limit }

    var mark: [UInt8] {
        Array(
            ("\n[hypersched: output beyond \(limit) bytes is left out (limits.output); "
                + "its end follows when the attempt ends]\n").utf8)
    }

    /// Takes in what was read at this offset of the output.
    mutating func add(_ bytes: [UInt8], at offset: Int64) {
        end = offset + Int64(bytes.count)
        guard end > limit else { return }
        recent = Array((recent + bytes).suffix(Self.endLength))
    }

    /// What comes behind the mark when the attempt has ended: whole lines, and none that the beginning has.
    var rest: [UInt8] {
        var rest = recent.suffix(Int(clamping: max(0, end - limit)))
        if end - Int64(rest.count) > limit, let feed = rest.firstIndex(of: 0x0A),
            feed < rest.index(before: rest.endIndex)
        {
            rest = rest[(feed + 1)...]
        }
        return Array(rest)
    }
}
