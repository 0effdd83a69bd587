import Torch

/// How often a network is right on a set of images, read in three ways. Fractions of 1.
public struct NBDTEvaluation: Equatable, Sendable {
    /// The largest logit.
    public let flat: Double
    /// The class with the largest product of decision probabilities.
    public let soft: Double
    /// The class that the most probable decisions lead to.
    public let hard: Double
    /// Mean over the images of the mean entropy, in nats, of the decisions on the hard path.
    public let pathEntropy: Double

    private static let batchSize = 500

    init(
        of network: any ImageClassifier, tree: ClassTree, on images: ImageSet, statistics: PixelStatistics,
        device: Device = .cpu
    ) throws(TorchError) {
        var counts = Counts(rules: DecisionRules(tree: tree))
        let batcher = ImageBatcher(images: images, statistics: statistics)
        for start in stride(from: 0, to: images.count, by: Self.batchSize) {
            let range = start..<min(start + Self.batchSize, images.count)
            let logits = try TorchRuntime.withoutGradients { () throws(TorchError) in
                try network.logits(batcher.plain(range).images.copied(to: device), training: false).values(Float.self)
            }
            for (row, index) in range.enumerated() {
                let values = logits[row * images.classes..<(row + 1) * images.classes].map(Double.init)
                counts.add(values, label: Int(images.labels[index]))
            }
        }
        let total = Double(images.count)
        flat = Double(counts.flat) / total
        soft = Double(counts.soft) / total
        hard = Double(counts.hard) / total
        pathEntropy = counts.entropy / total
    }

    private struct Counts {
        let rules: DecisionRules
        var flat = 0
        var soft = 0
        var hard = 0
        var entropy = 0.0

        mutating func add(_ logits: [Double], label: Int) {
            if DecisionRules.argmax(logits) == label { flat += 1 }
            if DecisionRules.argmax(rules.classProbabilities(logits)) == label { soft += 1 }
            let path = rules.path(logits)
            if path.prediction == label { hard += 1 }
            entropy += path.decisions.reduce(0) { $0 + $1.entropy } / Double(path.decisions.count)
        }
    }
}
