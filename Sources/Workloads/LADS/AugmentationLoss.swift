public import Torch

/// What an augmentation network minimises (Dunlap et al., arXiv:2210.09520, equations 1 to 3):
/// alpha times domain alignment plus (1 - alpha) times class consistency; where class and domain are entangled, plus a
/// weight times a term that keeps each row nearest to itself.
///
/// All terms are sums over the given rows divided by what the whole batch amounts to, so that parts of a batch add up.
public struct AugmentationLoss {
    /// How far the way that a row goes is from the way that the texts go.
    public enum Form: String, CaseIterable, Sendable {
        /// 1 - cosine
        case cosine
        /// Mean squared difference of the unit vectors.
        case mse
        /// Mean absolute difference of the unit vectors.
        case mae
    }

    /// Logits of the term that keeps rows apart are cosines times e^0.007, as in the authors' code.
    private static let neighbourScale = 1.007024557266849

    public let alpha: Double
    public var neighbourWeight: Double = 0
    public var form = Form.cosine

    public init(alpha: Double, neighbourWeight: Double = 0, form: Form = .cosine) {
        self.alpha = alpha
        self.neighbourWeight = neighbourWeight
        self.form = form
    }

    /// Rows of a batch and what is wanted of them.
    public struct Batch {
        /// `[B, D]`: the whole batch, of length 1.
        public let rows: Tensor
        /// `[B, D]`: unit vectors between texts.
        public let directions: Tensor
        /// `[B]` int64
        public let labels: Tensor
        /// `[K, D]`: the classes' texts.
        public let classTexts: Tensor
        /// `[K]`, and its sum over the labels of the whole batch.
        public let classWeights: Tensor
        public let weightSum: Double

        public init(
            rows: Tensor, directions: Tensor, labels: Tensor, classTexts: Tensor, classWeights: Tensor,
            weightSum: Double
        ) {
            self.rows = rows
            self.directions = directions
            self.labels = labels
            self.classTexts = classTexts
            self.classWeights = classWeights
            self.weightSum = weightSum
        }
    }

    public struct Terms {
        public let total: Tensor
        public let directional: Tensor
        public let classes: Tensor
        /// Nil where its weight is 0.
        public let neighbours: Tensor?
    }

    /// - Parameters:
    ///   - moved: `[part, D]`: what the network makes of the rows of `part`.
    ///   - part: which rows of the batch.
    public func callAsFunction(_ moved: Tensor, _ batch: Batch, part: Range<Int>) throws(TorchError) -> Terms {
        let count = Double(try batch.labels.shape()[0])
        let rows = try batch.rows.slice(part)
        let labels = try batch.labels.slice(part)
        let directional = try alignment(moved, rows, batch.directions.slice(part), count: count)
        let unit = try moved.normalised(axis: 1)
        let classes = try unit.matmul(batch.classTexts.transposed())
            .crossEntropy(labels, classWeights: batch.classWeights, reduction: .sum).scaled(by: 1 / batch.weightSum)
        var total = try directional.scaled(by: alpha) + classes.scaled(by: 1 - alpha)
        var neighbours: Tensor?
        if neighbourWeight > 0 {
            let logits = try unit.matmul(batch.rows.normalised(axis: 1).transposed()).scaled(by: Self.neighbourScale)
            let own = try Tensor.of(part.map(Int64.init)).copied(to: logits.device())
            let term = try logits.crossEntropy(own, reduction: .sum).scaled(by: 1 / count)
            total = try total + term.scaled(by: neighbourWeight)
            neighbours = term
        }
        return Terms(total: total, directional: directional, classes: classes, neighbours: neighbours)
    }

    private func alignment(
        _ moved: Tensor, _ rows: Tensor, _ directions: Tensor, count: Double
    ) throws(TorchError) -> Tensor {
        let way = try moved - rows
        switch form {
        case .cosine:
            return try (1 - way.cosineSimilarity(directions, axis: 1)).sum().scaled(by: 1 / count)
        case .mse, .mae:
            let difference = try way.normalised(axis: 1) - directions
            let elements = count * Double(try directions.shape()[1])
            let sum = form == .mse ? try difference.squared().sum() : try difference.abs().sum()
            return try sum.scaled(by: 1 / elements)
        }
    }
}
