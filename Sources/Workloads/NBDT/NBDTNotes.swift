/// What a checkpoint of an nbdt run holds as text: everything that is needed to use the network without its data.
struct NBDTNotes: Equatable {
    let classNames: [String]
    let shape: InputShape
    let statistics: PixelStatistics
    /// Nil where the run had not built its tree yet.
    let hierarchy: NamedHierarchy?

    private static let treeKey = "tree"

    var values: [String: String] {
        var values = [
            "classes": String(classNames.count), "class_names": Checkpoint.Notes.text(classNames), "input": shape.text,
            "pixel_means": Checkpoint.Notes.text(numbers: statistics.means),
            "pixel_deviations": Checkpoint.Notes.text(numbers: statistics.deviations),
        ]
        if let hierarchy {
            values[Self.treeKey] = hierarchy.tree.text
            values["class_ids"] = Checkpoint.Notes.text(hierarchy.classIDs)
            values["node_ids"] = Checkpoint.Notes.text(hierarchy.nodeIDs)
            values["node_labels"] = Checkpoint.Notes.text(hierarchy.nodeLabels)
        }
        return values
    }

    init(classNames: [String], shape: InputShape, statistics: PixelStatistics, hierarchy: NamedHierarchy?) {
        self.classNames = classNames
        self.shape = shape
        self.statistics = statistics
        self.hierarchy = hierarchy
    }

    init(_ notes: Checkpoint.Notes) throws(WorkloadError) {
        let classes = try notes.number("classes") { Int($0) }
        classNames = try notes.texts("class_names", count: classes)
        guard let shape = notes["input"].flatMap(InputShape.init(text:)) else {
            throw notes.wrong("input", expected: "channels, height and width such as 3x32x32")
        }
        self.shape = shape
        statistics = PixelStatistics(
            means: try notes.numbers("pixel_means", count: shape.channels),
            deviations: try notes.numbers("pixel_deviations", count: shape.channels))
        guard let text = notes[Self.treeKey] else {
            hierarchy = nil
            return
        }
        guard let tree = ClassTree(text: text, classes: classes) else {
            throw notes.wrong(Self.treeKey, expected: "a tree over \(classes) classes")
        }
        hierarchy = NamedHierarchy(
            tree: tree, classIDs: try notes.texts("class_ids", count: classes),
            nodeIDs: try notes.texts("node_ids", count: tree.nodes.count),
            nodeLabels: try notes.texts("node_labels", count: tree.nodes.count))
    }
}
