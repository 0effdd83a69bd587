public import HyperSchedProtocol
import Torch

/// Looks at checkpointed networks again.
public enum NBDTInspection {
    public enum Split: String, CaseIterable, Sendable {
        case validation = "val"
        case test
    }

    public struct Result: Sendable {
        public let evaluation: NBDTEvaluation
        public let completedEpochs: Int
        public let images: Int
        /// The children of each inner node, `ClassTree.text`.
        public let tree: String
    }

    /// Measures the network again.
    /// - Parameters:
    ///   - dataFolder: nil for the folder that the checkpoint names.
    ///   - changes: parameters of another tree to read the network through, `hierarchy` and what belongs to it.
    public static func evaluate(
        checkpoint folder: String, split: Split, dataFolder: String? = nil, changes: Configuration = Configuration([])
    ) throws(WorkloadError) -> Result {
        let file = try NBDTNetworkFile(folder, changes: changes)
        let images = try images(of: file, split, dataFolder)
        return try WorkloadError.lifting { () throws(TorchError) in
            Result(
                evaluation: try NBDTEvaluation(
                    of: file.network, tree: file.hierarchy.tree, on: images, statistics: file.notes.statistics),
                completedEpochs: file.completedEpochs, images: images.count, tree: file.hierarchy.tree.text)
        }
    }

    private static func images(
        of file: NBDTNetworkFile, _ split: Split, _ dataFolder: String?
    ) throws(WorkloadError) -> ImageSet {
        let source = try file.configuration.source.moved(to: dataFolder)
        let images =
            switch split {
            case .validation: try source.splits().validation
            case .test: try source.test()
            }
        guard InputShape(of: images) == file.notes.shape, images.classNames == file.notes.classNames else {
            throw WorkloadError(
                .badData,
                "\(split.rawValue) images: expected \(file.notes.shape.text) in \(file.notes.classNames.count) classes "
                    + "as in training, found \(images.shapeText) in \(images.classes)")
        }
        return images
    }

    /// Which image to explain.
    public enum Subject: Sendable {
        case file(String)
        case index(Int, Split)
    }

    /// The decisions about one image.
    public static func explain(
        checkpoint folder: String, _ subject: Subject, dataFolder: String? = nil
    ) throws(WorkloadError) -> DecisionExplanation {
        let file = try NBDTNetworkFile(folder)
        let (picture, title, label): (Picture, String, Int?)
        switch subject {
        case .file(let path):
            (picture, title, label) = (try Picture.read(path), path, nil)
        case .index(let index, let split):
            let images = try images(of: file, split, dataFolder)
            guard images.labels.indices.contains(index) else {
                throw WorkloadError(.badParameters, "index: expected 0 to \(images.count - 1), found \(index)")
            }
            title = "\(split.rawValue) image \(index)"
            (picture, label) = (images.picture(index), Int(images.labels[index]))
        }
        return DecisionExplanation(
            title: title, picture: picture, label: label, logits: try file.logits(picture),
            hierarchy: file.hierarchy, classNames: file.notes.classNames)
    }

    public enum HierarchyFormat: String, CaseIterable, Sendable {
        case json, dot
    }

    /// The tree of a checkpoint in the form that other programs read.
    public static func hierarchy(checkpoint folder: String, _ format: HierarchyFormat) throws(WorkloadError) -> String {
        let file = try NBDTNetworkFile(folder)
        let graph = file.hierarchy.graph(classNames: file.notes.classNames)
        return format == .json ? graph.json : graph.dot
    }

    /// The WordNet tree over the classes with these ids.
    /// - Parameter wnids: a file with one id per line.
    public static func wordNetHierarchy(
        wnids: String, wordNetFolder: String, _ format: HierarchyFormat
    ) throws(WorkloadError) -> String {
        let ids = try TextLines.read(wnids)
        var graph = try HierarchyGraph(classIDs: ids, wordNet: WordNet(folder: wordNetFolder), source: wnids)
        graph.pruneSingleChildren()
        _ = try graph.tree(classIDs: ids, source: wnids)
        return format == .json ? graph.json : graph.dot
    }
}
