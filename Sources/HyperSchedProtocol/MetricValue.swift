/// A number as training programs report it: it may be NaN or infinite, which JSON has no numerals for.
/// On the wire those are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`; all else is a plain JSON number.
public struct MetricValue: Hashable, Sendable, Codable, ExpressibleByFloatLiteral {
    public let number: Double

    public init(_ number: Double) { self.number = number }
    public init(floatLiteral value: Double) { number = value }

    /// True for a number that can be ranked.
    public var isFinite: Bool { number.isFinite }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self.number = number
            return
        }
        switch try container.decode(String.self) {
        case "NaN": number = .nan
        case "Infinity": number = .infinity
        case "-Infinity": number = -.infinity
        case let text:
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number: \(text)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if number.isFinite {
            try container.encode(number)
        } else if number.isNaN {
            try container.encode("NaN")
        } else {
            try container.encode(number > 0 ? "Infinity" : "-Infinity")
        }
    }

    /// NaN equals NaN here: two reports with a NaN are the same report.
    public static func == (a: Self, b: Self) -> Bool {
        a.number == b.number || (a.number.isNaN && b.number.isNaN)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(number.isNaN ? 0 : number)
    }
}
