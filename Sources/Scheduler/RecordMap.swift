internal import HashTreeCollections

/// A ``TreeMap`` for large values. Each has a box of its own, so that a node is copied without touching what is in
/// its neighbours: a value of many arrays and strings would be one reference count after another.
struct RecordMap<Key: Hashable, Value> {
    /// What is in a box is nil only while somebody changes it.
    private var tree: TreeDictionary<Key, CopyOnWrite<Value?>> = [:]

    init() {}

    var isEmpty: Bool { tree.isEmpty }
    var count: Int { tree.count }
    /// In no particular order.
    var keys: [Key] { Array(tree.keys) }
    /// In no particular order.
    var values: [Value] { tree.values.map { $0.value! } }

    subscript(key: Key) -> Value? {
        get { tree[key]?.value }
        _modify { yield &tree[key][unboxed: Value.self] }
    }

    subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { tree[key]?.value ?? value() }
        _modify {
            if case nil = tree[key] { tree[key] = CopyOnWrite(value()) }
            yield &tree[key][unboxed: Value.self]!
        }
    }
}

extension RecordMap: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (Key, Value)...) {
        for (key, value) in elements { tree[key] = CopyOnWrite(value) }
    }
}

extension RecordMap: Equatable where Value: Equatable {}

extension RecordMap: Sendable where Key: Sendable, Value: Sendable {}

extension Optional {
    /// What is in the box; nil: there is no box.
    fileprivate subscript<Value>(unboxed type: Value.Type) -> Value? where Wrapped == CopyOnWrite<Value?> {
        get { self?.value }
        _modify {
            var value: Value?
            if self?.isUnshared() == true {
                // Taken out, so that the one who changes it is its only owner.
                swap(&value, &self!.value)
            } else {
                value = self?.value
                self = nil
            }
            defer {
                if case nil = value {
                    self = nil
                } else if case nil = self {
                    self = CopyOnWrite(value)
                } else {
                    swap(&value, &self!.value)
                }
            }
            yield &value
        }
    }
}
