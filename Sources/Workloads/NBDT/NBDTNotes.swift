import Foundation

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
            "classes": String(classNames.count), "class_names": Self.list(classNames), "input": shape.text,
            "pixel_means": statistics.means.map { "\($0)" }.joined(separator: ","),
            "pixel_deviations": statistics.deviations.map { "\($0)" }.joined(separator: ","),
        ]
        if let hierarchy {
            values[Self.treeKey] = hierarchy.tree.text
            values["class_ids"] = Self.list(hierarchy.classIDs)
            values["node_ids"] = Self.list(hierarchy.nodeIDs)
            values["node_labels"] = Self.list(hierarchy.nodeLabels)
        }
        return values
    }

    private static func list(_ texts: [String]) -> String {
        "[" + texts.map(JSONText.quote).joined(separator: ",") + "]"
    }

    init(classNames: [String], shape: InputShape, statistics: PixelStatistics, hierarchy: NamedHierarchy?) {
        self.classNames = classNames
        self.shape = shape
        self.statistics = statistics
        self.hierarchy = hierarchy
    }

    init(_ notes: Checkpoint.Notes) throws(WorkloadError) {
        let classes = try notes.number("classes") { Int($0) }
        classNames = try Self.texts("class_names", classes, notes)
        guard let shape = notes["input"].flatMap(InputShape.init(text:)) else {
            throw notes.wrong("input", expected: "channels, height and width such as 3x32x32")
        }
        self.shape = shape
        statistics = PixelStatistics(
            means: try Self.numbers("pixel_means", shape.channels, notes),
            deviations: try Self.numbers("pixel_deviations", shape.channels, notes))
        guard let text = notes[Self.treeKey] else {
            hierarchy = nil
            return
        }
        guard let tree = ClassTree(text: text, classes: classes) else {
            throw notes.wrong(Self.treeKey, expected: "a tree over \(classes) classes")
        }
        hierarchy = NamedHierarchy(
            tree: tree, classIDs: try Self.texts("class_ids", classes, notes),
            nodeIDs: try Self.texts("node_ids", tree.nodes.count, notes),
            nodeLabels: try Self.texts("node_labels", tree.nodes.count, notes))
    }

    private static func texts(_ key: String, _ count: Int, _ notes: Checkpoint.Notes) throws(WorkloadError) -> [String]
    {
        let parsed = notes[key].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
        guard let parsed, parsed.count == count else {
            throw notes.wrong(key, expected: "a JSON list of \(count) texts")
        }
        return parsed
    }

    private static func numbers(_ key: String, _ count: Int, _ notes: Checkpoint.Notes) throws(WorkloadError) -> [Float]
    {
        let parsed = (notes[key] ?? "").split(separator: ",").compactMap { Float($0) }
        guard parsed.count == count else { throw notes.wrong(key, expected: "\(count) numbers") }
        return parsed
    }
}
