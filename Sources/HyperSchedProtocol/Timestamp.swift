/// An instant by the daemon's clock: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Only the daemon makes timestamps. Agents are told durations ("seconds left"), so a wrong clock on a node moves
/// nothing.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    /// This instant moved by `seconds` (rounded to the nearest millisecond). The result is clamped to the years
    /// 1970 to 9999, so that an absurd duration can not overflow.
    public func advanced(bySeconds seconds: Double) -> Timestamp {
        let moved = Double(milliseconds) + seconds * 1000
        return Timestamp(milliseconds: Int64(min(max(moved, 0), 253_402_300_799_000).rounded()))
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    public func seconds(since earlier: Timestamp) -> Double {
        Double(milliseconds - earlier.milliseconds) / 1000
    }
}

extension Timestamp: Codable {
    /// On the wire an instant is an RFC 3339 string in UTC with milliseconds: `2026-12-01T08:00:00.000Z`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 instant with a zone: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}
