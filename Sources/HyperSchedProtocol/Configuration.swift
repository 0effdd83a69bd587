/// The hyperparameters of one trial: name to value, kept sorted by name so that equal configurations are equal bytes.
/// On the wire it is a JSON object; a nested parameter lies in an object of its own, as in W&B.
public struct Configuration: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        /// The whole name: `optimizer.lr` for `lr` inside of `optimizer`.
        public let name: String
        /// Names of the nested dictionaries that it lies in, outermost first; empty for most.
        public let groups: [String]
        public let value: ParameterValue

        public init(name: String, groups: [String] = [], value: ParameterValue) {
            self.name = name
            self.groups = groups
            self.value = value
        }

        /// The name within its dictionary.
        public var key: String {
            groups.isEmpty ? name : String(name.dropFirst(groups.reduce(0) { $0 + $1.count + 1 }))
        }
    }

    /// Sorted by name; each name once.
    public let entries: [Entry]

    /// Of two values for one name the last one counts.
    public init(_ pairs: [(name: String, value: ParameterValue)]) {
        self.init(entries: pairs.map { Entry(name: $0.name, value: $0.value) })
    }

    /// Of two entries with one name the last one counts.
    public init(entries: [Entry]) {
        var latest: [String: Entry] = [:]
        for entry in entries { latest[entry.name] = entry }
        self.entries = latest.values.sorted { $0.name < $1.name }
    }

    public subscript(name: String) -> ParameterValue? {
        entries.first { $0.name == name }?.value
    }

    /// The same names with other values.
    public func mapValues(_ transform: (Entry) -> ParameterValue) -> Configuration {
        Configuration(entries: entries.map { Entry(name: $0.name, groups: $0.groups, value: transform($0)) })
    }
}

extension Configuration: Codable {
    /// Deeper nesting is refused.
    public static let deepestNesting = 16

    public init(from decoder: any Decoder) throws {
        var entries: [Entry] = []
        try Self.read(decoder.container(keyedBy: AnyName.self), [], into: &entries)
        self.init(entries: entries)
    }

    private static func read(
        _ container: KeyedDecodingContainer<AnyName>, _ groups: [String], into entries: inout [Entry]
    ) throws {
        for key in container.allKeys {
            let name = (groups + [key.stringValue]).joined(separator: ".")
            // Values first: they are by far the most, and a failed attempt is slow.
            if let value = try? container.decode(ParameterValue.self, forKey: key) {
                entries.append(Entry(name: name, groups: groups, value: value))
                continue
            }
            guard let nested = try? container.nestedContainer(keyedBy: AnyName.self, forKey: key) else {
                _ = try container.decode(ParameterValue.self, forKey: key)
                continue
            }
            guard groups.count < deepestNesting else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "nested more than \(deepestNesting) deep")
            }
            try read(nested, groups + [key.stringValue], into: &entries)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyName.self)
        try Self.write(entries[...], depth: 0, to: &container)
    }

    private static func write(
        _ entries: ArraySlice<Entry>, depth: Int, to container: inout KeyedEncodingContainer<AnyName>
    ) throws {
        var groups: [(name: String, entries: [Entry])] = []
        for entry in entries {
            if entry.groups.count == depth {
                try container.encode(entry.value, forKey: AnyName(stringValue: entry.key))
            } else if let index = groups.firstIndex(where: { $0.name == entry.groups[depth] }) {
                groups[index].entries.append(entry)
            } else {
                groups.append((entry.groups[depth], [entry]))
            }
        }
        for group in groups {
            var nested = container.nestedContainer(
                keyedBy: AnyName.self, forKey: AnyName(stringValue: group.name))
            try write(group.entries[...], depth: depth + 1, to: &nested)
        }
    }
}

/// A coding key with any name.
struct AnyName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
