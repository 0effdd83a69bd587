/// An ascending list of elements, equal ones included: a counted B+ tree. Look-up by element or by rank, insertion and
/// removal are O(log n). A copy costs nothing and shares all nodes; a change to one of the copies copies O(log n) of
/// them.
///
/// The scheduler keeps the state before a round beside the one after it, so an array would be copied whole by every
/// round that changes one element of it.
public struct SortedList<Element: Comparable> {
    var root: SortedListNode<Element>?

    public init() {}

    public init(_ elements: some Sequence<Element>) {
        for element in elements { insert(element) }
    }

    /// Rank of the first element that is not below `element`; `count` when all are.
    public func lowerBound(of element: Element) -> Int {
        guard var node = root else { return 0 }
        var rank = 0
        while !node.branches.isEmpty {
            let place = node.branch(for: element)
            for branch in node.branches[..<place] { rank += branch.count }
            node = node.branches[place].node
        }
        return rank + node.elements.orderedIndex(of: element)
    }

    public func contains(_ element: Element) -> Bool {
        guard let found = firstNotBelow(element) else { return false }
        return found == element
    }

    /// The first element that is not below `element`; nil: all are.
    public func firstNotBelow(_ element: Element) -> Element? {
        guard var node = root else { return nil }
        // Where the search goes down beside the end of a leaf, the element is the first one of the next branch.
        var next: SortedListNode<Element>?
        while !node.branches.isEmpty {
            let place = node.branch(for: element)
            if place + 1 < node.branches.count { next = node.branches[place + 1].node }
            node = node.branches[place].node
        }
        let index = node.elements.orderedIndex(of: element)
        return index < node.elements.count ? node.elements[index] : next?.first
    }

    /// Of equal elements the new one becomes the first.
    public mutating func insert(_ element: Element) {
        guard root != nil else {
            root = SortedListNode(elements: [element])
            return
        }
        own()
        guard let right = root!.insert(element) else { return }
        root = SortedListNode(branches: [SortedListNode.Branch(root!), right])
    }

    /// Does nothing when the element is not there.
    /// - Returns: whether it was.
    @discardableResult
    public mutating func remove(_ element: Element) -> Bool {
        let rank = lowerBound(of: element)
        guard rank < count, self[rank] == element else { return false }
        own()
        root!.remove(at: rank)
        while let only = root!.branches.first, root!.branches.count == 1 { root = only.node }
        if root!.elements.isEmpty && root!.branches.isEmpty { root = nil }
        return true
    }

    /// Of all that changes the root, only the one owner may do so in place.
    private mutating func own() {
        if !isKnownUniquelyReferenced(&root) { root = root!.copy() }
    }
}

extension SortedList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { root?.count ?? 0 }

    /// The element of that rank. O(log n).
    public subscript(rank: Int) -> Element {
        precondition(rank >= 0 && rank < count, "rank \(rank) is outside a list of \(count)")
        var (node, rank) = (root!, rank)
        while !node.branches.isEmpty {
            let place = node.descend(to: &rank)
            node = node.branches[place].node
        }
        return node.elements[rank]
    }

    public var first: Element? { root?.first }

    /// Goes from leaf to leaf, O(1) per element.
    public struct Iterator: IteratorProtocol {
        /// Inner nodes above the leaf, each with the place of the branch to go to next.
        private var path: [(node: SortedListNode<Element>, next: Int)] = []
        private var leaf: [Element] = []
        private var index = 0

        init(_ root: SortedListNode<Element>?) {
            if let root { goDown(from: root) }
        }

        private mutating func goDown(from start: SortedListNode<Element>) {
            var node = start
            while let first = node.branches.first {
                path.append((node, 1))
                node = first.node
            }
            (leaf, index) = (node.elements, 0)
        }

        public mutating func next() -> Element? {
            if index == leaf.count {
                while let last = path.last, last.next == last.node.branches.count { path.removeLast() }
                guard let (node, next) = path.last else { return nil }
                path[path.count - 1].next += 1
                goDown(from: node.branches[next].node)
            }
            defer { index += 1 }
            return leaf[index]
        }
    }

    public func makeIterator() -> Iterator { Iterator(root) }
}

extension SortedList: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension SortedList: Equatable {
    /// Equal elements; how they are spread over the nodes does not count.
    public static func == (a: Self, b: Self) -> Bool {
        a.root === b.root || (a.count == b.count && a.elementsEqual(b))
    }
}

extension SortedList: Sendable where Element: Sendable {}

extension SortedList: CustomStringConvertible {
    public var description: String { Array(self).description }
}
