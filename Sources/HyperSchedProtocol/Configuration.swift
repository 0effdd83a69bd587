/// The hyperparameters of one trial: name to value, kept sorted by name so that equal configurations are equal bytes.
/// On the wire it is a JSON object.
public struct Configuration: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let name: String
        public let value: ParameterValue
    }

    /// Sorted by name; each name once.
    public let entries: [Entry]

    /// Of two values for one name the last one counts.
    public init(_ pairs: [(name: String, value: ParameterValue)]) {
        var latest: [String: ParameterValue] = [:]
        for pair in pairs { latest[pair.name] = pair.value }
        entries = latest.sorted { $0.key < $1.key }.map { Entry(name: $0.key, value: $0.value) }
    }

    public subscript(name: String) -> ParameterValue? {
        entries.first { $0.name == name }?.value
    }
}

extension Configuration: Codable {
    public init(from decoder: any Decoder) throws {
        let values = try [String: ParameterValue](from: decoder)
        self.init(values.map { (name: $0.key, value: $0.value) })
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyName.self)
        for entry in entries { try container.encode(entry.value, forKey: AnyName(stringValue: entry.name)) }
    }
}

/// A coding key with any name.
struct AnyName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
