extension ClassTree {
    /// One line: the children of each node, `[[0,1],[2,3],[4,5]]`, where numbers below the number of classes are
    /// classes and K + i is node i.
    public var text: String {
        let lists = nodes.map { children in
            let numbers = children.map { child in
                switch child {
                case .leaf(let leaf): String(leaf)
                case .node(let node): String(classes + node)
                }
            }
            return "[\(numbers.joined(separator: ","))]"
        }
        return "[\(lists.joined(separator: ","))]"
    }

    /// Nil where the text is no tree over the classes.
    public init?(text: String, classes: Int) {
        var nodes: [[Child]] = []
        for part in text.split(separator: "]") {
            let numbers = part.drop { "[,".contains($0) }.split(separator: ",").map { Int($0) }
            guard numbers.allSatisfy({ $0 != nil }) else { return nil }
            nodes.append(numbers.compactMap { $0 }.map { $0 < classes ? .leaf($0) : .node($0 - classes) })
        }
        self.init(classes: classes, nodes: nodes)
    }
}
