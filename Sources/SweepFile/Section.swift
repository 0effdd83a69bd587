import HyperSchedProtocol
import Yams

/// One mapping of the file: reads its keys, and notes what is wrong with them.
struct Section {
    let path: String
    let node: Node
    let findings: Findings
    private let entries: [(key: String, node: Node)]

    /// nil when the node is no mapping; that is then noted.
    init?(_ node: Node, path: String, _ findings: Findings) {
        self.path = path
        self.node = node
        self.findings = findings
        guard let mapping = node.mapping else {
            findings.error(path, at: node, "expected a mapping of keys to values", fix: "write '\(path): {…}'")
            return nil
        }
        entries = mapping.map { (key: ScalarText($0.key)?.text ?? "", node: $0.value) }
    }

    /// In the order of the file.
    var keys: [String] { entries.map(\.key) }

    /// Path of a key; of the section itself for the empty one.
    func field(_ key: String) -> String { path.isEmpty || key.isEmpty ? path + key : "\(path).\(key)" }

    /// The value of a key; nil where it is missing or null.
    func value(_ key: String) -> Node? {
        guard let node = entries.first(where: { $0.key == key })?.node, ScalarText(node)?.isNull != true else {
            return nil
        }
        return node
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    /// As ``value(_:)``, but null counts as a value.
    func valueOrNull(_ key: String) -> Node? { entries.first { $0.key == key }?.node }

    func error(_ key: String, _ message: String, fix: String) {
        let node = entries.first { $0.key == key }?.node
        findings.error(field(key), at: node ?? self.node, message, fix: fix)
    }

    func warn(_ key: String, _ message: String) { findings.warn(field(key), message) }

    /// Notes every key that is neither known nor announced for later.
    /// - Parameter later: keys of the format that this version can not carry out, and what to do instead.
    /// - Returns: true when all keys are known.
    @discardableResult
    func check(known: [String], later: [String: String] = [:]) -> Bool {
        let strange = keys.filter { !known.contains($0) || later[$0] != nil }
        for key in strange {
            if let instead = later[key] {
                error(key, "not available in this version", fix: instead)
            } else {
                let nearest = WordDistance.nearest(to: key, among: known)
                error(
                    key, "unknown key '\(key)'" + (nearest.map { "; the nearest known one is '\($0)'" } ?? ""),
                    fix: nearest.map { "write '\($0)'" } ?? "known keys: " + known.joined(separator: ", "))
            }
        }
        return strange.isEmpty
    }

    func section(_ key: String) -> Section? {
        value(key).flatMap { Section($0, path: field(key), findings) }
    }

    /// What a scalar says; a list or mapping is noted as an error.
    func scalar(_ key: String, expected: String) -> ScalarText? {
        guard let node = value(key) else { return nil }
        guard let scalar = ScalarText(node) else {
            error(key, "expected \(expected), found a list or a mapping", fix: "write \(expected)")
            return nil
        }
        return scalar
    }
}

extension Section {
    func text(_ key: String) -> String? { scalar(key, expected: "a text")?.text }

    func number(_ key: String, expected: String = "a number", where isLegal: (Double) -> Bool = { _ in true })
        -> Double?
    {
        guard let scalar = scalar(key, expected: expected) else { return nil }
        guard let number = scalar.number, isLegal(number) else {
            error(key, "expected \(expected), found '\(scalar.text)'", fix: "write \(expected)")
            return nil
        }
        return number
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let number = number(key, expected: expected) { Int(exactly: $0).map(range.contains) ?? false }
        return number.map { Int($0) }
    }

    func bool(_ key: String) -> Bool? {
        guard let scalar = scalar(key, expected: "true or false") else { return nil }
        guard let bool = scalar.bool else {
            error(key, "expected true or false, found '\(scalar.text)'", fix: "write true or false")
            return nil
        }
        return bool
    }

    /// Seconds, more than 0 and at most ten years.
    func duration(_ key: String) -> Double? {
        guard let scalar = scalar(key, expected: DurationText.expectation) else { return nil }
        guard let seconds = DurationText.seconds(scalar.text), seconds > 0, seconds <= 315_360_000 else {
            let unit = scalar.number == nil ? "" : " (without a unit nobody knows whether these are seconds or hours)"
            error(
                key, "expected a duration, found '\(scalar.text)'\(unit)", fix: "write \(DurationText.expectation)")
            return nil
        }
        return seconds
    }

    /// One of the words of an enumeration.
    /// - Parameter later: words that this version can not carry out, and what to do instead.
    func choice<Word: RawRepresentable & CaseIterable>(_ key: String, as type: Word.Type, later: [String: String] = [:])
        -> Word? where Word.RawValue == String
    {
        let known = Word.allCases.map(\.rawValue)
        guard let text = scalar(key, expected: "one of " + known.joined(separator: ", "))?.text else { return nil }
        if let word = Word(rawValue: text) { return word }
        unknown(key, word: text, known: known, later: later)
        return nil
    }

    /// Notes a word that is not one of the known ones.
    func unknown(_ key: String, word: String, known: [String], later: [String: String] = [:]) {
        if let instead = later[word] {
            error(key, "'\(word)' is not available in this version", fix: instead)
            return
        }
        let nearest = WordDistance.nearest(to: word, among: known)
        let list = known.joined(separator: ", ")
        error(
            key, "unknown word '\(word)'" + (nearest.map { "; the nearest known one is '\($0)'" } ?? ""),
            fix: "write one of \(list)")
    }
}
