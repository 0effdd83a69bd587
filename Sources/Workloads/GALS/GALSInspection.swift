import HyperSchedProtocol
import Torch

/// Looks at checkpointed networks again.
public enum GALSInspection {
    public enum Split: String, CaseIterable, Sendable {
        case validation = "val"
        case test
    }

    public struct Result: Sendable {
        public let evaluation: GALSEvaluation
        public let completedEpochs: Int
        public let images: Int
        public let classNames: [String]
        public let groupNames: [String]
        /// Training images in each group.
        public let groupCounts: [Int]

        /// Where the classes are those of apparent gender: man, woman and perhaps person.
        public var outcomeBias: OutcomeBias? {
            guard let man = classNames.firstIndex(of: "man"), let woman = classNames.firstIndex(of: "woman") else {
                return nil
            }
            let person = classNames.firstIndex(of: "person")
            func row(_ label: Int) -> [Int] {
                let counts = evaluation.confusion[label]
                return [counts[label], counts[label == man ? woman : man], person.map { counts[$0] } ?? 0]
            }
            return OutcomeBias(women: row(woman), men: row(man))
        }
    }

    /// Measures the network again.
    /// - Parameters:
    ///   - dataFolder: nil for the folder that the checkpoint names.
    ///   - attention: maps in place of those that the checkpoint names.
    ///   - attentionImages: how many images to measure the network's attention on; nil for all.
    public static func evaluate(
        checkpoint folder: String, split: Split, dataFolder: String? = nil, attention: String? = nil,
        attentionImages: Int? = nil
    ) throws(WorkloadError) -> Result {
        let file = try GALSNetworkFile(folder, dataFolder: dataFolder, attention: attention)
        let part = try file.part(split)
        return try WorkloadError.lifting { () throws(TorchError) in
            let evaluation = try GALSEvaluation(
                of: file.network, on: part, groupCount: file.notes.groupNames.count,
                statistics: file.notes.statistics, targets: part.maps.map(file.configuration.targetMaps),
                attentionImages: attentionImages ?? part.images.count, device: .cpu)
            return Result(
                evaluation: evaluation, completedEpochs: file.completedEpochs, images: part.images.count,
                classNames: file.notes.classNames, groupNames: file.notes.groupNames,
                groupCounts: file.notes.groupCounts)
        }
    }
}

extension GALSInspection {
    /// Shows where the networks of some checkpoints look at images of the first one's data.
    /// - Parameters:
    ///   - names: titles, one per checkpoint.
    ///   - indices: of images of the split; nil for the first of each group.
    public static func explain(
        checkpoints: [String], names: [String], split: Split, indices: [Int]? = nil, dataFolder: String? = nil,
        attention: String? = nil
    ) throws(WorkloadError) -> AttentionExplanation {
        precondition(!checkpoints.isEmpty && checkpoints.count == names.count)
        var files: [GALSNetworkFile] = []
        for folder in checkpoints {
            files.append(try GALSNetworkFile(folder, dataFolder: dataFolder, attention: attention))
        }
        return try AttentionExplanation.make(files, names: names, split: split, indices: indices)
    }
}

/// The network of a checkpoint, ready to classify images.
struct GALSNetworkFile {
    let configuration: GALSConfiguration
    let notes: GALSNotes
    let network: AnyAttentiveClassifier
    let completedEpochs: Int
    private let source: GALSSource

    /// - Parameter folder: a checkpoint directory.
    init(_ folder: String, dataFolder: String? = nil, attention: String? = nil) throws(WorkloadError) {
        let checkpoint = try Checkpoint(folder: folder, of: .gals)
        configuration = try GALSConfiguration(checkpoint.parameters)
        notes = try GALSNotes(checkpoint.notes)
        network = try configuration.makeModel(
            channels: notes.shape.channels, classes: notes.classNames.count, seed: checkpoint.seed, isContinued: true)
        try checkpoint.restore(network.tensors)
        completedEpochs = checkpoint.completedEpochs
        source = configuration.source.moved(to: dataFolder, attention: attention)
    }

    /// The images of a split, checked against what the network was trained on.
    func part(_ split: GALSInspection.Split) throws(WorkloadError) -> GALSPart {
        let index = try source.readIndex()
        let part = try source.part(index, split == .test ? .test : .validation, mapsRequired: false)
        guard InputShape(of: part.images) == notes.shape, index.classNames == notes.classNames,
            index.groupNames == notes.groupNames
        else {
            throw WorkloadError(
                .badData,
                "\(index.path): expected images of \(notes.shape.text) in \(notes.classNames.count) classes and "
                    + "\(notes.groupNames.count) groups, as in the checkpoint, found \(part.images.shapeText), "
                    + "\(index.classNames.count) and \(index.groupNames.count)")
        }
        return part
    }
}
