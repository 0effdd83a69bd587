public import HyperSchedProtocol

/// Reads what a trial says on its standard output, one line at a time. See docs/TRIAL_CONTRACT.md.
///
/// Nothing a program prints is an error: a line that is no report is just text, a value that is no number is left out.
public struct ReportLineParser: Hashable, Sendable {
    /// What one line means.
    public enum Meaning: Hashable, Sendable {
        case text
        case report(Report)
        /// A checkpoint outside a report.
        case checkpoint(name: String, step: Int)
    }

    public struct Report: Hashable, Sendable {
        /// Completed steps.
        public var step: Int
        public var metrics: [String: MetricValue]
        /// Name of the directory that holds the model as it was measured.
        public var checkpoint: String?
        /// Seconds from the start of the process to its first training step.
        public var setupSeconds: Double?
        /// A second report with this id is the first one, sent again.
        public var key: String?
        /// The line was matched by a pattern, lacks the objective and names no step: one of several lines about a step.
        public var isPartial = false
    }

    /// A line longer than this, in bytes, is text whatever it holds.
    public static let maximumLineLength = 65_536
    /// Steps beyond this are taken for garbage.
    public static let maximumStep = 1 << 53

    /// The objective: kept when a report has more metrics than are allowed.
    public let metricName: String
    /// The step of the latest report; lines that name no step count on from here.
    public private(set) var lastStep: Int

    /// Where there are some, they take the place of the simple form.
    private let patterns: [ReportPattern]
    /// A line longer than this, in bytes, is not held against patterns.
    static let longestMatched = 4096

    /// - Parameters:
    ///   - lastStep: the step that the attempt starts from, or that of the last report already read.
    ///   - patterns: texts of ``ReportPattern``; the daemon has checked them.
    public init(metricName: String, lastStep: Int = 0, patterns: [String] = []) {
        self.metricName = metricName
        self.patterns = patterns.compactMap { try? ReportPattern($0) }
        self.lastStep = lastStep
    }

    /// A report that came another way.
    mutating func note(step: Int) { lastStep = step }

    /// Reads one line, without its line feed.
    public mutating func parse(_ line: some Collection<UInt8>) -> Meaning {
        guard line.count <= Self.maximumLineLength else { return .text }
        var bytes = Array(line)
        while let last = bytes.last, Self.isSpace(last) { bytes.removeLast() }
        let start = bytes.firstIndex { !Self.isSpace($0) } ?? bytes.endIndex
        let text = bytes[start...]
        if let body = Self.rest(of: text, after: Self.reportMark) {
            return report(from: FlatObject(parsing: body)?.fields)
        }
        if let body = Self.rest(of: text, after: Self.agentMark) {
            return announcement(from: FlatObject(parsing: body)?.fields)
        }
        guard patterns.isEmpty else { return text.count <= Self.longestMatched ? matched(Array(text)) : .text }
        return report(from: Self.pairs(in: text))
    }

    /// By the first pattern that finds a metric.
    private mutating func matched(_ line: [UInt8]) -> Meaning {
        for pattern in patterns {
            let fields = pattern.isJSON ? Self.jsonFields(line) : Self.fields(pattern.fields(in: line))
            let isObjective = fields.contains { $0.name == metricName && $0.value.metric != nil }
            let isPartial = !isObjective && !fields.contains { $0.name == "step" }
            let meaning = report(from: fields, isPartial: isPartial)
            if meaning != .text { return meaning }
        }
        return .text
    }

    /// Katib's collector for JSON lines writes numbers as strings.
    private static func jsonFields(_ line: [UInt8]) -> [FlatObject.Field] {
        (FlatObject(parsing: line)?.fields ?? []).filter { $0.name != "timestamp" }.map { field in
            guard case .string(let text) = field.value, field.name != "checkpoint", field.name != "report_id" else {
                return field
            }
            return Self.field(field.name, text)
        }
    }

    private static func fields(_ found: [(name: String, value: String)]) -> [FlatObject.Field] {
        found.map { field($0.name, $0.value) }
    }

    private static func field(_ name: String, _ text: String) -> FlatObject.Field {
        FlatObject.Field(name: name, value: FlatObject.number(text).map { .number($0) } ?? .string(text))
    }

    private mutating func report(from fields: [FlatObject.Field]?, isPartial: Bool = false) -> Meaning {
        guard let fields else { return .text }
        var report = Report(step: lastStep + 1, metrics: [:], isPartial: isPartial)
        for field in fields {
            switch field.name {
            case "step":
                guard let step = Self.step(field.value) else { return .text }
                report.step = step
            case "checkpoint":
                if case .string(let name) = field.value { report.checkpoint = name }
            case "setup_time_s":
                if let seconds = field.value.metric?.number, seconds.isFinite, seconds >= 0 {
                    report.setupSeconds = seconds
                }
            case "report_id":
                if case .string(let key) = field.value, key.utf8.count <= PostedReports.longestKey { report.key = key }
            case let name:
                guard !name.isEmpty, name.utf8.count <= TrialReport.maximumNameLength else { continue }
                if let value = field.value.metric { report.metrics[name] = value }
            }
        }
        if report.metrics.isEmpty {
            // Without a number there is nothing to rank; the checkpoint counts all the same.
            return report.checkpoint.map { .checkpoint(name: $0, step: report.step) } ?? .text
        }
        limitMetrics(of: &report)
        if !isPartial { lastStep = report.step }
        return .report(report)
    }

    private func announcement(from fields: [FlatObject.Field]?) -> Meaning {
        var name: String?
        var step: Int? = lastStep
        for field in fields ?? [] {
            switch (field.name, field.value) {
            case ("checkpoint", .string(let text)): name = text
            case ("step", let value): step = Self.step(value)
            default: break
            }
        }
        guard let name, let step else { return .text }
        return .checkpoint(name: name, step: step)
    }

    /// The first ones by name stay, so that it is the same ones each time; the objective always does.
    private func limitMetrics(of report: inout Report) {
        guard report.metrics.count > TrialReport.maximumMetrics else { return }
        let objective = report.metrics[metricName]
        let others = report.metrics.keys.filter { $0 != metricName }.sorted()
        let room = TrialReport.maximumMetrics - (objective == nil ? 0 : 1)
        var kept: [String: MetricValue] = [:]
        for name in others.prefix(room) { kept[name] = report.metrics[name] }
        kept[metricName] = objective
        report.metrics = kept
    }

    static func step(_ value: FlatObject.Value) -> Int? {
        guard case .number(let number) = value, number >= 0, number <= Double(maximumStep) else { return nil }
        return Int(exactly: number)
    }
}

// MARK: - The forms of a line

extension ReportLineParser {
    private static let reportMark = Array("[tune-metric]:".utf8)
    private static let agentMark = Array("[hypersched]:".utf8)

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func rest(of text: ArraySlice<UInt8>, after mark: [UInt8]) -> ArraySlice<UInt8>? {
        text.starts(with: mark) ? text.dropFirst(mark.count) : nil
    }

    /// `name=value name=value`, with commas or not, and nothing else on the line; nil where it is anything else.
    /// One word that is no pair makes the line text: `lr=0.1 (default)` is no report.
    private static func pairs(in text: ArraySlice<UInt8>) -> [FlatObject.Field]? {
        guard text.contains(0x3D) else { return nil }
        var fields: [FlatObject.Field] = []
        for word in text.split(whereSeparator: { isSpace($0) || $0 == 0x2C }) {
            guard let equals = word.firstIndex(of: 0x3D), isName(word[..<equals]) else { return nil }
            let value = String(decoding: word[(equals + 1)...], as: UTF8.self)
            let name = String(decoding: word[..<equals], as: UTF8.self)
            fields.append(
                FlatObject.Field(name: name, value: FlatObject.number(value).map { .number($0) } ?? .string(value)))
        }
        return fields
    }

    /// A letter or `_` first, then also digits and `. / -`.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy { isLetter($0) || (0x2D...0x39).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}
