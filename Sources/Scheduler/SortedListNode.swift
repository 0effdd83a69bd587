/// A node of a ``SortedList``: a leaf with elements, or an inner node with branches. A node that more than one owner
/// refers to is never changed (``SortedList`` and `own(_:)` see to that), so nodes may be shared between threads.
final class SortedListNode<Element: Comparable> {
    struct Branch {
        var node: SortedListNode
        /// Elements below it.
        var count: Int
        /// Not above any element below it, and not below any element of the branches before it.
        var least: Element

        init(_ node: SortedListNode) {
            self.node = node
            count = node.count
            least = node.first!
        }
    }

    /// A change of a shared list copies one leaf and one inner node per level: both are kept small.
    private static var mostElements: Int { 64 }
    private static var mostBranches: Int { 24 }

    /// Ascending; empty in an inner node.
    private(set) var elements: [Element]
    /// Empty in a leaf.
    private(set) var branches: [Branch]

    init(elements: [Element] = [], branches: [Branch] = []) {
        self.elements = elements
        self.branches = branches
    }

    func copy() -> SortedListNode { SortedListNode(elements: elements, branches: branches) }

    var count: Int { branches.reduce(elements.count) { $0 + $1.count } }

    var first: Element? {
        var node = self
        while let branch = node.branches.first { node = branch.node }
        return node.elements.first
    }

    /// Place of the branch in which the first element that is not below `element` is, or at whose end it would be.
    func branch(for element: Element) -> Int {
        var (low, high) = (1, branches.count)
        while low < high {
            let middle = (low + high) / 2
            if branches[middle].least < element { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// Place of the branch that holds the rank, which becomes the rank within the branch.
    func descend(to rank: inout Int) -> Int {
        var place = 0
        while rank >= branches[place].count {
            rank -= branches[place].count
            place += 1
        }
        return place
    }

    private func own(_ place: Int) -> SortedListNode {
        if !isKnownUniquelyReferenced(&branches[place].node) { branches[place].node = branches[place].node.copy() }
        return branches[place].node
    }

    // MARK: Inserting

    /// - Returns: the right half when the node became too large.
    func insert(_ element: Element) -> Branch? {
        guard !branches.isEmpty else {
            let index = elements.orderedIndex(of: element)
            elements.insert(element, at: index)
            guard elements.count > Self.mostElements else { return nil }
            return splitLeaf(after: index == elements.count - 1 ? index : elements.count / 2)
        }
        let place = branch(for: element)
        if element < branches[place].least { branches[place].least = element }
        branches[place].count += 1
        guard let right = own(place).insert(element) else { return nil }
        branches[place].count -= right.count
        branches.insert(right, at: place + 1)
        guard branches.count > Self.mostBranches else { return nil }
        return splitBranches(after: place + 1 == branches.count - 1 ? place + 1 : branches.count / 2)
    }

    /// Elements that come in ascending order (identifiers, times) leave full nodes behind them.
    private func splitLeaf(after index: Int) -> Branch {
        let right = SortedListNode(elements: Array(elements[index...]))
        elements.removeSubrange(index...)
        return Branch(right)
    }

    private func splitBranches(after index: Int) -> Branch {
        let least = branches[index].least
        let right = SortedListNode(branches: Array(branches[index...]))
        branches.removeSubrange(index...)
        var branch = Branch(right)
        branch.least = least
        return branch
    }

    // MARK: Removing

    func remove(at rank: Int) {
        guard !branches.isEmpty else {
            elements.remove(at: rank)
            return
        }
        var rank = rank
        let place = descend(to: &rank)
        branches[place].count -= 1
        own(place).remove(at: rank)
        if branches[place].node.isSmall { joinSmall(at: place) }
    }

    private var isSmall: Bool {
        branches.isEmpty ? elements.count < Self.mostElements / 4 : branches.count < Self.mostBranches / 4
    }

    /// A small node takes in its neighbour; what has become too large is halved. An only child stays as it is.
    private func joinSmall(at place: Int) {
        if branches[place].count == 0 {
            branches.remove(at: place)
            return
        }
        guard branches.count > 1 else { return }
        let left = min(place, branches.count - 2)
        let right = branches.remove(at: left + 1)
        let node = own(left)
        branches[left].count += right.count
        node.elements += right.node.elements
        node.branches += right.node.branches
        let half: Branch
        if node.elements.count > Self.mostElements {
            half = node.splitLeaf(after: node.elements.count / 2)
        } else if node.branches.count > Self.mostBranches {
            half = node.splitBranches(after: node.branches.count / 2)
        } else {
            return
        }
        branches[left].count -= half.count
        branches.insert(half, at: left + 1)
    }
}

extension SortedListNode: @unchecked Sendable where Element: Sendable {}
