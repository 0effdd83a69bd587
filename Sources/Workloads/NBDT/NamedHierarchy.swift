/// A tree over classes with an id and a label for each of its nodes.
struct NamedHierarchy: Equatable {
    let tree: ClassTree
    /// Of the classes and of the inner nodes, in the order of their numbers.
    let classIDs: [String]
    let nodeIDs: [String]
    let nodeLabels: [String]

    /// From a graph over the classes.
    init(_ graph: HierarchyGraph, classIDs: [String], source: String) throws(WorkloadError) {
        let (tree, ids) = try graph.tree(classIDs: classIDs, source: source)
        self.init(tree: tree, classIDs: classIDs, nodeIDs: ids, nodeLabels: ids.map { graph.label($0) ?? "" })
    }

    init(tree: ClassTree, classIDs: [String], nodeIDs: [String], nodeLabels: [String]) {
        self.tree = tree
        self.classIDs = classIDs
        self.nodeIDs = nodeIDs
        self.nodeLabels = nodeLabels
    }

    /// A tree with numbered nodes. Names are only for reading: WordNet is asked where it is there and the classes have
    /// ids of it.
    init(_ tree: ClassTree, classIDs: [String], wordNetFolder: String) {
        let isWordNet = classIDs.allSatisfy { WordNet.offset($0) != nil }
        let wordNet = isWordNet ? try? WordNet(folder: wordNetFolder) : nil
        let named = try? HierarchyGraph(tree, classIDs: classIDs, labels: classIDs, wordNet: wordNet)
        let ids = named?.nodes.dropFirst(classIDs.count).map(\.id) ?? []
        let labels = named?.nodes.dropFirst(classIDs.count).map(\.label) ?? []
        self.init(tree: tree, classIDs: classIDs, nodeIDs: Array(ids), nodeLabels: Array(labels))
    }

    /// A label for a person: the node's own, or the classes below where it has none.
    func label(node: Int, classNames: [String]) -> String {
        if nodeLabels.indices.contains(node), nodeLabels[node] != "(generated)", !nodeLabels[node].isEmpty {
            return nodeLabels[node].split(separator: "_").joined(separator: " ")
        }
        let names = tree.childLeaves[node].flatMap { $0 }.sorted().map { classNames[$0] }
        return names.count <= 3 ? names.joined(separator: ", ") : "\(names.count) classes"
    }

    func graph(classNames: [String]) -> HierarchyGraph {
        var graph = HierarchyGraph()
        for (id, name) in zip(classIDs, classNames) { graph.add(id, label: name) }
        for (id, label) in zip(nodeIDs, nodeLabels) { graph.add(id, label: label) }
        for (number, children) in tree.nodes.enumerated() {
            for child in children {
                switch child {
                case .leaf(let leaf): graph.addEdge(from: nodeIDs[number], to: classIDs[leaf])
                case .node(let node): graph.addEdge(from: nodeIDs[number], to: nodeIDs[node])
                }
            }
        }
        return graph
    }
}
