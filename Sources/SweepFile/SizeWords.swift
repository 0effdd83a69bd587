import Yams

/// Amounts of bytes as people write them: `50MB`, `20 GB`, `512KiB`.
public enum SizeWords {
    public static let expectation = "a number with a unit, such as 500kB, 50MB, 20GB or 1GiB"

    private static let units: [(String, Double)] = [
        ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776), ("kb", 1e3), ("mb", 1e6),
        ("gb", 1e9), ("tb", 1e12), ("b", 1),
    ]

    /// nil for anything else, above all for a number without a unit.
    public static func bytes(_ text: String) -> Int64? {
        let word = text.lowercased().filter { $0 != " " }
        for (unit, factor) in units where word.hasSuffix(unit) {
            let digits = word.dropLast(unit.count)
            guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
                let number = Double(digits), number * factor < 9e18
            else { return nil }
            return Int64((number * factor).rounded())
        }
        return nil
    }
}

extension Section {
    /// Bytes.
    func size(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let scalar = scalar(key, expected: SizeWords.expectation) else { return nil }
        guard let bytes = SizeWords.bytes(scalar.text) else {
            let unit = scalar.number == nil ? "" : " (without a unit nobody knows whether these are bytes or megabytes)"
            error(
                key, "expected an amount of bytes, found '\(scalar.text)'\(unit)", fix: "write \(SizeWords.expectation)"
            )
            return nil
        }
        guard range.contains(bytes) else {
            error(
                key, "\(bytes) bytes is not from \(range.lowerBound) to \(range.upperBound)",
                fix: "write an amount between them")
            return nil
        }
        return bytes
    }

    /// A list of words.
    func texts(_ key: String) -> [String]? {
        guard let node = value(key) else { return nil }
        guard let items = node.sequence else {
            error(key, "expected a list of words", fix: "write \(key): [oom, signal]")
            return nil
        }
        let words = items.compactMap { ScalarText($0)?.text }
        guard words.count == items.count else {
            error(key, "expected words only", fix: "write \(key): [oom, signal]")
            return nil
        }
        return words
    }
}
