import Torch

extension ClassTree {
    /// One node with all classes below it: its decisions are the plain softmax.
    public static func flat(classes: Int) -> ClassTree {
        ClassTree(classes: classes, nodes: [(0..<classes).map(Child.leaf)])!
    }

    /// The tree induced from the rows of the last layer (Wan et al., arXiv:2004.00221, section 3.2): always binary.
    /// - Parameter normalized: clusters the rows scaled to length 1, as the paper; otherwise the rows, as its code.
    public static func induced(
        rows: [[Double]], linkage: Clustering.Linkage = .ward, metric: Clustering.Metric = .euclidean,
        normalized: Bool = false
    ) -> ClassTree {
        let clustered = normalized ? rows.map(scaledToLengthOne) : rows
        let merges = Clustering(rows: clustered, linkage: linkage, metric: metric).merges
        let child = { (cluster: Int) in cluster < rows.count ? Child.leaf(cluster) : .node(cluster - rows.count) }
        return ClassTree(classes: rows.count, nodes: merges.map { [child($0.first), child($0.second)] })!
    }

    private static func scaledToLengthOne(_ row: [Double]) -> [Double] {
        let length = Clustering.length(row)
        return length > 0 ? row.map { $0 / length } : row
    }

    /// Neighbours in `order` are grouped, then the groups, until one is left. A group of one is its content.
    public static func grouped(order: [Int], branching: Int = 2) -> ClassTree {
        precondition(branching >= 2 && order.count >= 2)
        var nodes: [[Child]] = []
        var level = order.map(Child.leaf)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: branching).map { start in
                let group = Array(level[start..<min(start + branching, level.count)])
                if group.count == 1 { return group[0] }
                nodes.append(group)
                return .node(nodes.count - 1)
            }
        }
        return ClassTree(classes: order.count, nodes: nodes)!
    }

    /// A tree over the classes in an order drawn from the seed, binary where nothing else is said.
    public static func random(classes: Int, seed: UInt64, branching: Int = 2) -> ClassTree {
        let generator = CounterGenerator(seed: seed, stream: 0x7472_6565)
        let permutation = CounterPermutation(count: classes, generator: generator)
        return grouped(order: (0..<classes).map { permutation[$0] }, branching: branching)
    }
}
