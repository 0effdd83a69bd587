extension HierarchyGraph {
    /// WordNet puts girl below woman, which is a class of CIFAR-100 too. The authors' code puts it beside boy, below
    /// male, and so does this, for equal trees.
    private static let moved = ["n10129825": "n09624168"]

    /// The hypernyms of the classes, following the first one (by name) of each synset, before pruning.
    /// - Parameters:
    ///   - ids: one WordNet id per class.
    ///   - source: what errors call the list.
    init(classIDs ids: [String], wordNet: WordNet, source: String) throws(WorkloadError) {
        for id in ids {
            var current = try wordNet.synset(id: id)
            add(current.id, label: current.word)
            while let parent = try Self.parent(of: current, wordNet) {
                let known = contains(parent.id)
                add(parent.id, label: parent.word)
                addEdge(from: parent.id, to: current.id)
                // The way up from here is there already.
                if known { break }
                current = parent
            }
        }
        for id in ids where !children[id]!.isEmpty {
            let word = try wordNet.synset(id: id).word
            let below = ids.first { $0 != id && isAncestor(id, of: $0) } ?? "another class"
            throw WorkloadError(
                .badData,
                "\(source): expected classes none of which is a kind of another in WordNet, found \(below) below \(id) "
                    + "(\(word)); choose other ids")
        }
    }

    private static func parent(of synset: WordNet.Synset, _ wordNet: WordNet) throws(WorkloadError) -> WordNet.Synset? {
        if let other = moved[synset.id] { return try wordNet.synset(id: other) }
        return try wordNet.parents(synset).first
    }

    private func isAncestor(_ id: String, of other: String) -> Bool {
        var open = parents(of: other)
        while let next = open.popLast() {
            if next == id { return true }
            open += parents(of: next)
        }
        return false
    }

    /// The tree over the last layer's rows with names: a parent is named after the deepest common hypernym of its
    /// children that is not used yet, where both have one, and `f` and eight digits otherwise.
    /// - Parameter wordNet: nil where no names are wanted; then all parents are numbered.
    init(_ tree: ClassTree, classIDs ids: [String], labels: [String], wordNet: WordNet?) throws(WorkloadError) {
        for (id, label) in zip(ids, labels) { add(id, label: label) }
        var nodeIDs: [String] = []
        for (number, list) in tree.nodes.enumerated() {
            let below = list.map { child in
                switch child {
                case .leaf(let leaf): ids[leaf]
                case .node(let node): nodeIDs[node]
                }
            }
            let named = try wordNet.flatMapThrowing { (net) throws(WorkloadError) in
                try commonHypernym(below, net)
            }
            let digits = String(tree.classes + number)
            let id = named?.id ?? "f" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
            add(id, label: named?.word ?? "(generated)")
            for child in below { addEdge(from: id, to: child) }
            nodeIDs.append(id)
        }
    }

    private func commonHypernym(_ ids: [String], _ wordNet: WordNet) throws(WorkloadError) -> WordNet.Synset? {
        var common: Set<Int>?
        for id in ids {
            guard WordNet.offset(id) != nil else { return nil }
            let above = try wordNet.ancestors(wordNet.synset(id: id))
            common = common.map { $0.intersection(above) } ?? above
        }
        var best: (depth: Int, name: String, synset: WordNet.Synset)?
        for offset in (common ?? []).sorted() where !contains(WordNet.id(offset)) {
            let synset = try wordNet.synset(offset)
            let depth = try wordNet.depth(synset)
            let name = try wordNet.name(synset)
            if let known = best, (-known.depth, known.name) <= (-depth, name) { continue }
            best = (depth, name, synset)
        }
        return best?.synset
    }
}

extension Optional {
    fileprivate func flatMapThrowing<Result>(
        _ body: (Wrapped) throws(WorkloadError) -> Result?
    ) throws(WorkloadError) -> Result? {
        guard let self else { return nil }
        return try body(self)
    }
}
