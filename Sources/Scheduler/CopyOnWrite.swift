/// A value in a place of its own that copies share until one of them changes it. Unlike a property of a class it is
/// read without a check that nobody is changing it, and without being copied as a whole.
struct CopyOnWrite<Value> {
    private var box: ManagedBuffer<Value, Void>

    init(_ value: Value) { box = .create(minimumCapacity: 0) { _ in value } }

    var value: Value {
        get { box.header }
        _modify {
            if !isKnownUniquelyReferenced(&box) { self = CopyOnWrite(box.header) }
            yield &box.header
        }
    }

    /// Only the one owner of a place may change what is in it without copying it first.
    mutating func isUnshared() -> Bool { isKnownUniquelyReferenced(&box) }

    func isSame(as other: CopyOnWrite) -> Bool { box === other.box }
}

extension CopyOnWrite: Equatable where Value: Equatable {
    static func == (a: CopyOnWrite, b: CopyOnWrite) -> Bool { a.isSame(as: b) || a.box.header == b.box.header }
}

// A shared box is never changed, so it may be read from any thread.
extension CopyOnWrite: @unchecked Sendable where Value: Sendable {}
