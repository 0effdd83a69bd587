import Glibc

/// Looks through a tar archive before anything of it is written: archives are made by training programs, and may say
/// anything. POSIX ustar and pax, and GNU's long names; see "pax Interchange Format" in POSIX.1-2017 and the GNU tar
/// manual's "Basic Tar Format".
///
/// An archive that passes writes only below the directory that it is unpacked into, whatever program unpacks it: its
/// names have no `..` and do not begin with `/`, nothing is written through a link, and there are no devices.
public struct ArchiveInspection {
    /// What links may point to.
    public enum LinkRule: Sendable {
        /// Anywhere: for a trial that gets back what a trial has written. Nothing follows them while it is unpacked.
        case anywhere
        /// Only down from where they are: for people, who would not expect a file of theirs behind a name.
        case inside
    }

    /// Members an archive may have.
    public static let largestCount = 1_000_000
    private static let block: Int64 = 512
    private static let longestName = 4096

    /// Bytes of the files in it.
    public private(set) var contentSize: Int64 = 0
    public private(set) var memberCount = 0

    private let rule: LinkRule
    private let size: Int64
    private var position: Int64 = 0
    /// From the headers before: for the next member only.
    private var nextName: String?
    private var nextLink: String?
    private var nextSize: Int64?
    private var links: Set<String> = []
    private var files: Set<String> = []

    /// Reads the archive at `path` to its end.
    public init(path: String, links rule: LinkRule) throws(ArchiveError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ArchiveError("it can not be read: \(lastSystemError())") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw ArchiveError("it can not be read: \(lastSystemError())") }
        self.rule = rule
        size = Int64(status.st_size)
        while let header = try header(file) { try take(header, file) }
    }

    /// nil at the end, which is a block of zeros or the end of the file.
    private mutating func header(_ file: Int32) throws(ArchiveError) -> [UInt8]? {
        guard position < size else { return nil }
        let bytes = try bytes(file, count: Self.block)
        return bytes.allSatisfy { $0 == 0 } ? nil : bytes
    }

    private mutating func bytes(_ file: Int32, count: Int64) throws(ArchiveError) -> [UInt8] {
        guard count <= size - position else { throw ArchiveError("it ends in the middle") }
        let wanted = Int(count)
        let start = position
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = max(0, pread(file, buffer.baseAddress, wanted, off_t(start)))
        }
        guard bytes.count == wanted else { throw ArchiveError("it can not be read: \(lastSystemError())") }
        position += count
        return bytes
    }

    private mutating func take(_ header: [UInt8], _ file: Int32) throws(ArchiveError) {
        try Self.checkSum(header)
        guard let declared = Self.number(header[124..<136]) else { throw ArchiveError("a size in it is no number") }
        let kind = header[156]
        switch kind {
        case UInt8(ascii: "x"), UInt8(ascii: "g"): try takePax(try text(file, declared), isGlobal: kind != 0x78)
        case UInt8(ascii: "L"): nextName = String(decoding: try text(file, declared).prefix { $0 != 0 }, as: UTF8.self)
        case UInt8(ascii: "K"): nextLink = String(decoding: try text(file, declared).prefix { $0 != 0 }, as: UTF8.self)
        default:
            let name = nextName ?? Self.name(header)
            let link = nextLink ?? Self.field(header[157..<257])
            let length = nextSize ?? declared
            (nextName, nextLink, nextSize) = (nil, nil, nil)
            try check(kind, name: name, link: link, length)
        }
    }

    /// A text that takes the place of a field which is too short for it.
    private mutating func text(_ file: Int32, _ count: Int64) throws(ArchiveError) -> [UInt8] {
        guard (0...64 * Int64(Self.longestName)).contains(count) else {
            throw ArchiveError("a header of it is too long")
        }
        let bytes = try bytes(file, count: count)
        try skip((Self.block - count % Self.block) % Self.block)
        return bytes
    }

    private mutating func skip(_ count: Int64) throws(ArchiveError) {
        guard count >= 0, count <= size - position else {
            throw ArchiveError("a file in it is larger than the archive")
        }
        position += count
    }

    /// `27 path=some/long/name\n`, one after the other.
    private mutating func takePax(_ records: [UInt8], isGlobal: Bool) throws(ArchiveError) {
        var rest = records[...]
        while let blank = rest.firstIndex(of: 0x20) {
            guard let length = Int(String(decoding: rest[..<blank], as: UTF8.self)), length <= rest.count,
                length > blank - rest.startIndex + 1
            else { throw ArchiveError("a pax header of it is malformed") }
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
            let key = String(decoding: record[..<equals], as: UTF8.self)
            if isGlobal, ["path", "linkpath", "size"].contains(key) {
                throw ArchiveError("a global header names files")
            }
            switch key {
            case "path": nextName = value
            case "linkpath": nextLink = value
            case "size":
                guard let number = Int64(value) else { throw ArchiveError("a size in it is no number") }
                nextSize = number
            case _ where key.hasPrefix("GNU.sparse"):
                throw ArchiveError("it has a file with holes, which may be of any size")
            default: break
            }
        }
    }

    // MARK: Members

    private mutating func check(
        _ kind: UInt8, name: String, link: String, _ length: Int64
    ) throws(ArchiveError) {
        memberCount += 1
        guard memberCount <= Self.largestCount else { throw ArchiveError("more than \(Self.largestCount) members") }
        let path = try Self.parts(of: name)
        for count in path.indices.dropFirst() where links.contains(path[..<count].joined(separator: "/")) {
            throw ArchiveError("'\(Self.shown(name))' lies behind a link of the archive")
        }
        let whole = path.joined(separator: "/")
        switch kind {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            guard !links.contains(whole) else { throw ArchiveError("'\(Self.shown(name))' is a link and a file") }
            // Before anything is added to it: it may be any number.
            guard (0...size).contains(length) else { throw ArchiveError("a file in it is larger than the archive") }
            files.insert(whole)
            contentSize += length
            try skip(length + (Self.block - length % Self.block) % Self.block)
        case UInt8(ascii: "5"):
            guard !links.contains(whole) else { throw ArchiveError("'\(Self.shown(name))' is a link and a directory") }
        case UInt8(ascii: "1"):
            let target = try Self.parts(of: link).joined(separator: "/")
            guard files.contains(target) else { throw ArchiveError("'\(Self.shown(name))' is linked to no file of it") }
            files.insert(whole)
        case UInt8(ascii: "2"): try checkSymbolicLink(name, whole, to: link)
        case UInt8(ascii: "S"): throw ArchiveError("it has a file with holes, which may be of any size")
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
            throw ArchiveError("'\(Self.shown(name))' is a device or a pipe")
        default: throw ArchiveError("'\(Self.shown(name))' is of an unknown kind")
        }
    }

    private mutating func checkSymbolicLink(
        _ name: String, _ whole: String, to link: String
    ) throws(ArchiveError) {
        guard !whole.isEmpty else { throw ArchiveError("a link has no name") }
        let parts = link.split(separator: "/", omittingEmptySubsequences: false)
        if rule == .inside, link.isEmpty || link.hasPrefix("/") || parts.contains("..") {
            throw ArchiveError("'\(Self.shown(name))' is a link to '\(Self.shown(link))', which leads out or up")
        }
        links.insert(whole)
    }

    /// `./a//b/` → `["a", "b"]`
    private static func parts(of name: String) throws(ArchiveError) -> [String] {
        guard name.utf8.count <= longestName, !name.utf8.contains(0) else {
            throw ArchiveError("a name in it is too long")
        }
        let parts = name.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !name.hasPrefix("/"), !parts.contains("..") else {
            throw ArchiveError("'\(shown(name))' leads out of the directory")
        }
        return parts
    }

    private static func shown(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(80).map { $0.value < 0x20 ? "?" : $0 }))
    }

    // MARK: Fields of a header

    private static func name(_ header: [UInt8]) -> String {
        let name = field(header[0..<100])
        guard header[257..<262].elementsEqual("ustar".utf8), header[262] == 0 else { return name }
        let prefix = field(header[345..<500])
        return prefix.isEmpty ? name : prefix + "/" + name
    }

    private static func field(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits, or, with the highest bit set, a binary number (GNU).
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if let first = bytes.first, first & 0x80 != 0 {
            guard first == 0x80, bytes.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
            let value = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int64(exactly: value)
        }
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).filter { $0 != " " }
        return text.isEmpty ? 0 : Int64(text, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The sum of all bytes, those of the sum itself taken as blanks.
    private static func checkSum(_ header: [UInt8]) throws(ArchiveError) {
        var sum: Int64 = 8 * 0x20
        for (index, byte) in header.enumerated() where !(148..<156).contains(index) { sum += Int64(byte) }
        guard number(header[148..<156]) == sum else { throw ArchiveError("it is no tar archive, or damaged") }
    }
}

/// Why an archive is not unpacked.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ what: String) { description = what }
}
