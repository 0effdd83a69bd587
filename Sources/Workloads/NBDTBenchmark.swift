import Torch
import Glibc

/// Pure training steps (batch assembly, forward, backward, SGD) without evaluation or checkpoints, for comparisons
/// with Benchmarks/nbdt_train.py.
public enum NBDTBenchmark {
    public struct Result: Sendable {
        public let imagesPerSecond: Double
        /// Images per second of processor time, all threads together: says more on a busy machine.
        public let imagesPerProcessorSecond: Double
        public let seconds: Double
        public let loss: Double
    }

    private static let warmUpSteps = 5

    /// - Parameter images: how many training images one pass goes over; at most those of the training split.
    public static func run(_ configuration: NBDTConfiguration, images: Int) throws(WorkloadError) -> Result {
        let data = try FashionMNIST.splits(folder: configuration.dataFolder).training
        return try WorkloadError.lifting { () throws(TorchError) in
            try measure(configuration, on: data, images: min(images, data.count))
        }
    }

    private static func measure(
        _ configuration: NBDTConfiguration, on data: ImageSet, images: Int
    ) throws(TorchError) -> Result {
        let network = try configuration.makeModel(classes: data.classes, seed: 0)
        let step = try NBDTStep(
            network: network, momentum: configuration.momentum, weightDecay: configuration.weightDecay)
        let tree = ClassTree.grouped(order: Array(0..<data.classes))
        let treeLoss = try TreeLoss(tree: tree, term: configuration.treeTerm)
        let batcher = ImageBatcher(
            images: data, trainImages: images, epochImages: images, seed: 0, augment: configuration.augment)
        let size = configuration.batchSize
        func pass(_ range: Range<Int>) throws(TorchError) -> Double {
            var loss = 0.0
            for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
                let batch = try batcher.training(epoch: 0, positions: start..<min(start + size, range.upperBound))
                loss = try step(
                    batch, treeLoss: treeLoss, weights: .init(crossEntropy: 1, tree: 1),
                    learningRate: configuration.learningRate
                ).total
            }
            return loss
        }
        _ = try pass(0..<min(warmUpSteps * size, images))
        let (started, used) = (ContinuousClock.now, processorSeconds())
        let loss = try pass(0..<images)
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        return Result(
            imagesPerSecond: Double(images) / seconds,
            imagesPerProcessorSecond: Double(images) / (processorSeconds() - used), seconds: seconds, loss: loss)
    }

    private static func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
