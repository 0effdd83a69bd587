/// A hierarchy with names, as the hierarchy files of the NBDT code hold it: nodes in the order of their appearance,
/// children in the order of their edges. Classes are nodes without children.
struct HierarchyGraph: Equatable {
    struct Node: Equatable {
        let id: String
        let label: String
    }

    private(set) var nodes: [Node] = []
    private(set) var children: [String: [String]] = [:]
    private var parents: [String: [String]] = [:]

    func contains(_ id: String) -> Bool { children[id] != nil }
    func label(_ id: String) -> String? { nodes.first { $0.id == id }?.label }
    var edges: [[String]] { nodes.flatMap { node in children[node.id]!.map { [node.id, $0] } } }
    var roots: [String] { nodes.map(\.id).filter { parents[$0]!.isEmpty } }
    func parents(of id: String) -> [String] { parents[id] ?? [] }

    mutating func add(_ id: String, label: String) {
        guard children[id] == nil else { return }
        nodes.append(Node(id: id, label: label))
        children[id] = []
        parents[id] = []
    }

    /// Both nodes must be there. An edge that exists stays where it is.
    mutating func addEdge(from parent: String, to child: String) {
        guard !children[parent]!.contains(child) else { return }
        children[parent]!.append(child)
        parents[child]!.append(parent)
    }

    /// Contracts every node with exactly one child into that child, in the order of appearance. The child goes to the
    /// end of the grandparents' lists, as in the reference code.
    mutating func pruneSingleChildren() {
        for node in nodes.map(\.id) where children[node]!.count == 1 {
            let child = children[node]![0]
            let above = parents[node]!
            remove(node)
            for parent in above { addEdge(from: parent, to: child) }
        }
    }

    private mutating func remove(_ id: String) {
        for parent in parents[id]! { children[parent]!.removeAll { $0 == id } }
        for child in children[id]! { parents[child]!.removeAll { $0 == id } }
        children[id] = nil
        parents[id] = nil
        nodes.removeAll { $0.id == id }
    }

    /// The tree over classes with these ids, and the id of each of its nodes.
    /// - Parameter source: what errors call the hierarchy.
    func tree(classIDs: [String], source: String) throws(WorkloadError) -> (tree: ClassTree, ids: [String]) {
        func wrong(_ expected: String, _ found: String) -> WorkloadError {
            WorkloadError(.badData, "\(source): expected \(expected), found \(found)")
        }
        let leaves = nodes.map(\.id).filter { children[$0]!.isEmpty }
        if let missing = classIDs.first(where: { !leaves.contains($0) }) {
            throw wrong("a leaf for class \(missing)", contains(missing) ? "a node with children" : "no such node")
        }
        if let extra = leaves.first(where: { !classIDs.contains($0) }) {
            throw wrong("leaves that are classes", "leaf \(extra)")
        }
        guard roots.count == 1 else { throw wrong("one root", roots.isEmpty ? "a cycle" : "\(roots.count)") }
        if let shared = nodes.first(where: { parents[$0.id]!.count > 1 }) {
            throw wrong("one parent for each node", "\(parents[shared.id]!.count) for \(shared.id) (\(shared.label))")
        }
        if let single = nodes.first(where: { children[$0.id]!.count == 1 }) {
            throw wrong("at least two children for each inner node", "one for \(single.id) (\(single.label))")
        }
        let order = postOrder(roots[0])
        var numbers: [String: Int] = [:]
        for (number, id) in order.enumerated() { numbers[id] = number }
        let lists = order.map { id in
            children[id]!.map { child in
                numbers[child].map(ClassTree.Child.node) ?? .leaf(classIDs.firstIndex(of: child)!)
            }
        }
        guard let tree = ClassTree(classes: classIDs.count, nodes: lists) else {
            throw wrong("a tree over \(classIDs.count) different classes", "another graph")
        }
        return (tree, order)
    }

    /// The inner nodes below and including one, children before parents.
    private func postOrder(_ id: String) -> [String] {
        let below = children[id]!
        return below.isEmpty ? [] : below.flatMap(postOrder) + [id]
    }
}
