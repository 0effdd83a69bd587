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
        let checkpoint = try NBDTCheckpoint(folder: folder)
        let source = dataFolder ?? checkpoint.configuration.dataFolder
        let images =
            switch split {
            case .validation: try FashionMNIST.splits(folder: source).validation
            case .test: try FashionMNIST.test(folder: source)
            }
        let network = try WorkloadError.lifting { () throws(TorchError) in
            try checkpoint.configuration.makeModel(classes: checkpoint.classes, seed: checkpoint.seed)
        }
        try checkpoint.restore(network.parameters + network.buffers)
        return try WorkloadError.lifting { () throws(TorchError) in
            var tree = checkpoint.tree
            if tree == nil { tree = try checkpoint.configuration.makeTree(for: network, classes: checkpoint.classes) }
            return Result(
                evaluation: try NBDTEvaluation(of: network, tree: tree!, on: images),
                completedEpochs: checkpoint.progress.epoch, images: images.count, tree: tree!.text)
        }
    }
}
