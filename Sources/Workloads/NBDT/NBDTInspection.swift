import HyperSchedProtocol
import Torch

/// Measures a checkpointed network again.
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

    /// - Parameter dataFolder: nil for the folder that the checkpoint names.
    public static func evaluate(
        checkpoint folder: String, split: Split, dataFolder: String? = nil
    ) throws(WorkloadError) -> Result {
        let checkpoint = try Checkpoint(folder: folder, of: .nbdt)
        let configuration = try NBDTConfiguration(checkpoint.parameters)
        let source = dataFolder ?? configuration.dataFolder
        let images =
            switch split {
            case .validation: try FashionMNIST.splits(folder: source).validation
            case .test: try FashionMNIST.test(folder: source)
            }
        let classes = try checkpoint.notes.number("classes") { Int($0) }
        let network = try WorkloadError.lifting { () throws(TorchError) in
            try configuration.makeModel(classes: classes, seed: checkpoint.seed)
        }
        try checkpoint.restore(network.tensors)
        let stored = try ClassTree(notes: checkpoint.notes)
        return try WorkloadError.lifting { () throws(TorchError) in
            var tree = stored
            if tree == nil { tree = try configuration.makeTree(for: network, classes: classes) }
            return Result(
                evaluation: try NBDTEvaluation(of: network, tree: tree!, on: images),
                completedEpochs: checkpoint.completedEpochs, images: images.count, tree: tree!.text)
        }
    }
}
