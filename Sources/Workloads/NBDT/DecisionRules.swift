import Glibc

/// Reads the logits of one image as decisions in a tree, in double precision (Wan et al., arXiv:2004.00221, section
/// 3.1). The logit of a child is the mean of the logits of the classes below it.
public struct DecisionRules: Sendable {
    public struct Decision: Equatable, Sendable {
        public let node: Int
        public let child: Int
        /// Probability of the child at this node.
        public let probability: Double
        /// Entropy of the node's distribution over its children, in nats.
        public let entropy: Double
    }

    public let tree: ClassTree
    private let childLeaves: [[[Int]]]

    public init(tree: ClassTree) {
        self.tree = tree
        childLeaves = tree.childLeaves
    }

    /// Logits over the children of a node.
    public func logits(node: Int, of classLogits: [Double]) -> [Double] {
        childLeaves[node].map { leaves in leaves.reduce(0) { $0 + classLogits[$1] } / Double(leaves.count) }
    }

    /// Probabilities of the children of a node.
    public func probabilities(node: Int, of classLogits: [Double]) -> [Double] {
        Self.softmax(logits(node: node, of: classLogits))
    }

    /// Soft rule: the probability of each class is the product of the probabilities on its path. Sums to 1.
    public func classProbabilities(_ classLogits: [Double]) -> [Double] {
        var result = [Double](repeating: 1, count: tree.classes)
        for node in tree.nodes.indices {
            for (child, probability) in probabilities(node: node, of: classLogits).enumerated() {
                for leaf in childLeaves[node][child] { result[leaf] *= probability }
            }
        }
        return result
    }

    /// Hard rule: from the root, the most probable child (the first on ties) until a class is reached.
    public func path(_ classLogits: [Double]) -> (prediction: Int, decisions: [Decision]) {
        var node = tree.root
        var decisions: [Decision] = []
        while true {
            let probabilities = probabilities(node: node, of: classLogits)
            let child = Self.argmax(probabilities)
            let entropy = probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
            decisions.append(
                Decision(node: node, child: child, probability: probabilities[child], entropy: entropy))
            switch tree.nodes[node][child] {
            case .leaf(let leaf): return (leaf, decisions)
            case .node(let next): node = next
            }
        }
    }

    /// The index of the largest value, the first on ties.
    public static func argmax(_ values: [Double]) -> Int {
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        return best
    }

    public static func softmax(_ logits: [Double]) -> [Double] {
        let top = logits.max() ?? 0
        let powers = logits.map { exp($0 - top) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
