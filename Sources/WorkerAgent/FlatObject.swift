import HyperSchedProtocol

/// The fields of one JSON object, as far as reports need them: numbers and strings; whatever is nested is skipped.
///
/// It takes what training programs really print: Python writes a bare `NaN` or `Infinity`, which no strict JSON reader
/// accepts, and such a line must not be lost.
struct FlatObject: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case number(Double)
        case string(String)
        /// true, false, null, an array or an object.
        case other

        /// The value as a metric: a number, or the words that stand for the numbers JSON lacks.
        var metric: MetricValue? {
            switch self {
            case .number(let number): MetricValue(number)
            case .string("NaN"), .string("nan"): MetricValue(.nan)
            case .string("Infinity"), .string("inf"): MetricValue(.infinity)
            case .string("-Infinity"), .string("-inf"): MetricValue(-.infinity)
            case .string, .other: nil
            }
        }
    }

    struct Field: Hashable, Sendable {
        var name: String
        var value: Value
    }

    /// In the order of the text; of two fields with one name the last one counts.
    let fields: [Field]

    /// nil where the text is not one JSON object.
    init?(parsing text: some Sequence<UInt8>) {
        var scanner = FlatObjectScanner(text)
        guard let fields = scanner.object(), scanner.isAtEnd() else { return nil }
        self.fields = fields
    }

    /// One object, or an array of objects; nil where the text is neither.
    static func list(parsing text: some Sequence<UInt8>) -> [FlatObject]? {
        var scanner = FlatObjectScanner(text)
        guard let objects = scanner.objects(), scanner.isAtEnd() else { return nil }
        return objects.map(FlatObject.init(fields:))
    }

    private init(fields: [Field]) { self.fields = fields }

    /// A decimal number as JSON, Python and C write it, the words for NaN and infinity included; no hexadecimal.
    static func number(_ text: String) -> Double? {
        switch text {
        case "NaN", "nan": return .nan
        case "Infinity", "inf", "+inf": return .infinity
        case "-Infinity", "-inf": return -.infinity
        default: break
        }
        let allowed = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte == 0x45 || byte == 0x65
        }
        return allowed ? Double(text) : nil
    }
}
