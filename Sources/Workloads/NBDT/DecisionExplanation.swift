/// Why a network, read as a tree, says what it says about one image.
public struct DecisionExplanation: Sendable {
    /// One inner node of the tree and what it thinks.
    struct NodeView: Equatable, Sendable {
        let label: String
        let children: [ChildView]
        /// On the path of the most probable decisions.
        let isOnPath: Bool
    }

    struct ChildView: Equatable, Sendable {
        let label: String
        let child: ClassTree.Child
        /// At its node, and of the whole way from the root.
        let probability: Double
        let pathProbability: Double
        let isChosen: Bool
    }

    let title: String
    let picture: Picture?
    /// The right class, where it is known.
    let label: Int?
    let classNames: [String]
    let tree: ClassTree
    /// In the tree's order; the root is the last.
    let nodes: [NodeView]
    /// The hard rule's decisions, from the root.
    let path: [DecisionRules.Decision]
    /// Probabilities by the soft rule.
    let classProbabilities: [Double]
    let flat: Int
    let soft: Int
    let hard: Int

    init(
        title: String, picture: Picture?, label: Int?, logits: [Double], hierarchy: NamedHierarchy,
        classNames: [String]
    ) {
        let rules = DecisionRules(tree: hierarchy.tree)
        let (hard, path) = rules.path(logits)
        self.title = title
        self.picture = picture
        self.label = label
        self.classNames = classNames
        tree = hierarchy.tree
        self.path = path
        self.hard = hard
        classProbabilities = rules.classProbabilities(logits)
        soft = DecisionRules.argmax(classProbabilities)
        flat = DecisionRules.argmax(logits)
        nodes = Self.views(rules, logits, path, hierarchy, classNames)
    }

    private static func views(
        _ rules: DecisionRules, _ logits: [Double], _ path: [DecisionRules.Decision], _ hierarchy: NamedHierarchy,
        _ classNames: [String]
    ) -> [NodeView] {
        let tree = hierarchy.tree
        var reached = [Double](repeating: 1, count: tree.nodes.count)
        var views: [NodeView] = []
        // Parents have larger numbers than their children.
        for node in tree.nodes.indices.reversed() {
            let decision = path.first { $0.node == node }
            let probabilities = rules.probabilities(node: node, of: logits)
            let children = tree.nodes[node].enumerated().map { place, child in
                let whole = reached[node] * probabilities[place]
                let label: String
                switch child {
                case .leaf(let leaf): label = classNames[leaf]
                case .node(let below):
                    label = hierarchy.label(node: below, classNames: classNames)
                    reached[below] = whole
                }
                return ChildView(
                    label: label, child: child, probability: probabilities[place], pathProbability: whole,
                    isChosen: decision?.child == place)
            }
            views.append(
                NodeView(
                    label: hierarchy.label(node: node, classNames: classNames), children: children,
                    isOnPath: decision != nil))
        }
        return views.reversed()
    }

    /// Classes by the soft rule, the most probable first.
    var ranking: [Int] {
        classProbabilities.indices.sorted {
            (-classProbabilities[$0], $0) < (-classProbabilities[$1], $1)
        }
    }
}
