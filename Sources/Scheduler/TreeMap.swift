internal import HashTreeCollections

/// A dictionary whose copies share structure: a copy costs nothing, a change to one of the copies copies O(log n)
/// nodes. The state before a round is kept beside the one after it, and a plain dictionary would be copied whole by
/// the first change.
///
/// The order of keys and values differs from process to process: nothing that is decided may depend on it.
struct TreeMap<Key: Hashable, Value> {
    private var tree: TreeDictionary<Key, Value> = [:]

    init() {}

    var isEmpty: Bool { tree.isEmpty }
    var count: Int { tree.count }
    /// In no particular order.
    var keys: [Key] { Array(tree.keys) }
    /// In no particular order.
    var values: [Value] { Array(tree.values) }

    subscript(key: Key) -> Value? {
        get { tree[key] }
        _modify { yield &tree[key] }
    }

    subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { tree[key, default: value()] }
        _modify { yield &tree[key, default: value()] }
    }
}

extension TreeMap: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (Key, Value)...) { tree = TreeDictionary(uniqueKeysWithValues: elements) }
}

extension TreeMap: Equatable where Value: Equatable {}

extension TreeMap: Sendable where Key: Sendable, Value: Sendable {}
