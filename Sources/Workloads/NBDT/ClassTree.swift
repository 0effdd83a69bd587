/// A tree whose leaves are the classes 0..<K. The order of children matters: it breaks ties.
public struct ClassTree: Equatable, Sendable {
    public enum Child: Equatable, Sendable {
        case leaf(Int)
        case node(Int)
    }

    public let classes: Int
    /// The children of each inner node. Children that are nodes have smaller numbers; the root is the last node.
    public let nodes: [[Child]]

    /// Nil where this is no tree over all classes: a class or node is missing, used twice or out of order.
    public init?(classes: Int, nodes: [[Child]]) {
        var leafUses = Array(repeating: 0, count: classes)
        var nodeUses = Array(repeating: 0, count: nodes.count)
        for (number, children) in nodes.enumerated() {
            guard children.count >= 2 else { return nil }
            for child in children {
                switch child {
                case .leaf(let leaf):
                    guard leafUses.indices.contains(leaf) else { return nil }
                    leafUses[leaf] += 1
                case .node(let node):
                    guard node >= 0, node < number else { return nil }
                    nodeUses[node] += 1
                }
            }
        }
        guard !nodes.isEmpty, leafUses.allSatisfy({ $0 == 1 }), nodeUses.dropLast().allSatisfy({ $0 == 1 }) else {
            return nil
        }
        self.classes = classes
        self.nodes = nodes
    }

    public var root: Int { nodes.count - 1 }

    /// The classes below each child of each node, ascending: `childLeaves[node][child]`.
    public var childLeaves: [[[Int]]] {
        var below: [[Int]] = []
        var result: [[[Int]]] = []
        for children in nodes {
            let sets = children.map { child in
                switch child {
                case .leaf(let leaf): [leaf]
                case .node(let node): below[node]
                }
            }
            result.append(sets)
            below.append(sets.flatMap { $0 }.sorted())
        }
        return result
    }

    /// The largest number of decisions from the root to a leaf.
    public var depth: Int {
        var depths: [Int] = []
        for children in nodes {
            let below = children.map { child in
                switch child {
                case .leaf: 0
                case .node(let node): depths[node]
                }
            }
            depths.append(1 + (below.max() ?? 0))
        }
        return depths.last ?? 0
    }
}
