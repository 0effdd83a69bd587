import Foundation
import Testing

@testable import HyperSchedClient

/// Hostile archives, made by hand, and honest ones, made by tar.
@Suite struct ArchiveInspectionTests {
    /// One member: header, content, padding.
    private static func member(
        _ name: String, kind: Character = "0", content: [UInt8] = [], link: String = "", size: String? = nil,
        magic: String = "ustar\u{0}00"
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at start: Int) {
            header.replaceSubrange(start..<start + text.utf8.count, with: text.utf8)
        }
        put(String(name.prefix(100)), at: 0)
        put("0000644", at: 100)
        put(
            size ?? String(repeating: "0", count: 11 - String(content.count, radix: 8).count)
                + String(content.count, radix: 8), at: 124)
        put(String(kind), at: 156)
        put(String(link.prefix(100)), at: 157)
        put(magic, at: 257)
        put("        ", at: 148)
        let sum = header.reduce(0) { $0 + Int($1) }
        let octal = String(sum, radix: 8)
        put(String(repeating: "0", count: 6 - octal.count) + octal + "\u{0} ", at: 148)
        let padding = (512 - content.count % 512) % 512
        return header + content + [UInt8](repeating: 0, count: padding)
    }

    private static func pax(_ records: [(String, String)]) -> [UInt8] {
        var text = ""
        for (key, value) in records {
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count + 1
            while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
            text += "\(length)\(rest)"
        }
        return member("pax", kind: "x", content: Array(text.utf8))
    }

    private func inspect(
        _ bytes: [UInt8], _ rule: ArchiveInspection.LinkRule = .inside
    ) throws -> ArchiveInspection {
        let path = NSTemporaryDirectory() + "hypersched-archive-\(UInt64.random(in: 0 ... .max)).tar"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try ArchiveInspection(path: path, links: rule)
    }

    private static let end = [UInt8](repeating: 0, count: 1024)

    @Test func anHonestArchivePasses() throws {
        let archive =
            Self.member("./", kind: "5") + Self.member("./a/", kind: "5") + Self.member("./a/x", content: [1, 2, 3])
            + Self.member("a/same", kind: "1", link: "a/x") + Self.member("latest", kind: "2", link: "a/x")
            + Self.pax([("path", "long/" + String(repeating: "n", count: 300)), ("mtime", "1.5")])
            + Self.member("short", content: Array(repeating: 7, count: 600)) + Self.end
        let found = try inspect(archive)
        #expect(found.memberCount == 6 && found.contentSize == 603)
        #expect(try inspect([]).memberCount == 0)
    }

    static let hostile: [(String, [UInt8], String)] = [
        ("up", member("../x"), "leads out"), ("up inside", member("a/../../x"), "leads out"),
        ("absolute", member("/etc/passwd"), "leads out"),
        ("absolute directory", member("/tmp/d", kind: "5"), "leads out"),
        ("pax path", pax([("path", "../x")]) + member("x"), "leads out"),
        (
            "GNU long name", member("L", kind: "L", content: Array("/etc/passwd\u{0}".utf8)) + member("x"), "leads out"
        ),
        ("behind a link", member("l", kind: "2", link: "a") + member("l/x"), "lies behind a link"),
        ("over a link", member("l", kind: "2", link: "a") + member("./l"), "is a link and a file"),
        ("link to itself", member(".", kind: "2", link: "a"), "a link has no name"),
        ("hard link out", member("h", kind: "1", link: "../../etc/passwd"), "leads out"),
        ("hard link to nothing", member("h", kind: "1", link: "etc/passwd"), "linked to no file"),
        (
            "hard link to a link", member("l", kind: "2", link: "a") + member("h", kind: "1", link: "l"),
            "linked to no file"
        ),
        ("device", member("d", kind: "3"), "a device or a pipe"), ("block device", member("d", kind: "4"), "a device"),
        ("pipe", member("p", kind: "6"), "a device or a pipe"), ("unknown", member("p", kind: "Z"), "unknown kind"),
        ("holes", member("s", kind: "S"), "holes"),
        ("pax holes", pax([("GNU.sparse.major", "1")]) + member("s"), "holes"),
        ("a huge size", member("s", size: "77777777777"), "larger than the archive"),
        ("a huge pax size", pax([("size", "9223372036854775807")]) + member("s"), "larger than the archive"),
        ("a negative pax size", pax([("size", "-1")]) + member("s"), "larger than the archive"),
        ("no size", member("s", size: "x7777777777"), "no number"),
        ("pax size", pax([("size", "x")]) + member("s"), "no number"),
        ("global path", member("g", kind: "g", content: Array("9 path=x\n".utf8)) + member("s"), "global header"),
        ("broken pax", member("x", kind: "x", content: Array("99 path=x\n".utf8)) + member("s"), "malformed"),
        ("no archive", Array(repeating: 65, count: 512), "no tar archive"),
        ("nul", pax([("path", "a\u{0}b")]) + member("x"), "too long"),
        ("long", pax([("path", String(repeating: "a/", count: 3000))]) + member("x"), "too long"),
    ]

    @Test(arguments: hostile.indices)
    func aHostileArchiveIsRefused(index: Int) throws {
        let (name, bytes, message) = Self.hostile[index]
        for rule in [ArchiveInspection.LinkRule.inside, .anywhere] {
            let error = #expect(throws: ArchiveError.self, "\(name)") { try inspect(bytes + Self.end, rule) }
            #expect(error?.description.contains(message) == true, "\(name): \(String(describing: error))")
        }
    }

    @Test func aCutArchiveIsRefused() {
        let archive = Self.member("x", content: Array(repeating: 1, count: 600))
        for (count, message) in [(300, "middle"), (512, "larger"), (1500, "larger")] {
            let error = #expect(throws: ArchiveError.self) { try inspect(Array(archive.prefix(count))) }
            #expect(error?.description.contains(message) == true, "\(count)")
        }
    }

    /// Links that lead out are a trial's own affair, and nothing for people.
    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", ""])
    func linksOutAreForTrialsOnly(link: String) throws {
        let archive = Self.member("l", kind: "2", link: link) + Self.end
        #expect(throws: ArchiveError.self) { try inspect(archive, .inside) }
        if !link.isEmpty { #expect(try inspect(archive, .anywhere).memberCount == 1) }
    }

    /// Random damage: refused or harmless, never a crash.
    @Test func damageDoesNoHarm() throws {
        var generator = SplitMix(state: 20_261_124)
        let archive = Self.hostile.prefix(10).flatMap(\.1) + Self.member("a", content: Array(repeating: 1, count: 700))
        for _ in 1...300 {
            var bytes = archive
            for _ in 1...Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            _ = try? inspect(bytes, .anywhere)
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in each run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
