/// Cuts a stream of bytes into lines, whatever pieces it comes in, with a bound on memory: of a line that is too long
/// only its length is kept.
public struct LineSplitter: Sendable {
    public struct Line: Hashable, Sendable {
        /// Without the line feed; empty for a line that is too long.
        public var bytes: [UInt8]
        /// Offset in the stream just behind the line feed (or at the end of the stream).
        public var end: Int64
    }

    private let maximumLength: Int
    private var partial: [UInt8] = []
    /// True when the line that is not complete yet will be dropped.
    private(set) var isTooLong = false
    /// Offset of the next byte to come.
    public private(set) var offset: Int64

    public init(offset: Int64 = 0, maximumLength: Int = ReportLineParser.maximumLineLength) {
        self.offset = offset
        self.maximumLength = maximumLength
    }

    /// The lines that are complete with these bytes.
    public mutating func add(_ bytes: some Collection<UInt8>) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let feed = rest.firstIndex(of: 0x0A) {
            let piece = rest[..<feed]
            keep(piece)
            offset += Int64(piece.count + 1)
            rest = rest[rest.index(after: feed)...]
            lines.append(take())
        }
        keep(rest)
        offset += Int64(rest.count)
        return lines
    }

    /// The last line, where the stream ended without a line feed.
    public mutating func finish() -> Line? {
        partial.isEmpty && !isTooLong ? nil : take()
    }

    private mutating func keep(_ piece: some Collection<UInt8>) {
        guard !isTooLong else { return }
        if partial.count + piece.count > maximumLength {
            isTooLong = true
            partial = []
        } else {
            partial.append(contentsOf: piece)
        }
    }

    private mutating func take() -> Line {
        defer {
            partial = []
            isTooLong = false
        }
        return Line(bytes: partial, end: offset)
    }
}
