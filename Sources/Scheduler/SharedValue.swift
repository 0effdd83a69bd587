/// A large value that hardly ever changes, held once for all copies of the record that it is part of. Encoded as the
/// value itself.
@propertyWrapper
public struct SharedValue<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private var box: Box

    public init(wrappedValue: Value) { box = Box(wrappedValue) }

    public var wrappedValue: Value {
        get { box.value }
        set { box = Box(newValue) }
    }
}

extension SharedValue: Equatable where Value: Equatable {
    public static func == (a: SharedValue, b: SharedValue) -> Bool { a.box === b.box || a.box.value == b.box.value }
}

extension SharedValue: Hashable where Value: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(box.value) }
}

extension SharedValue: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws { self.init(wrappedValue: try Value(from: decoder)) }
}

extension SharedValue: Encodable where Value: Encodable {
    public func encode(to encoder: any Encoder) throws { try box.value.encode(to: encoder) }
}
