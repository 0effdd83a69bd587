public import Torch

/// The tree supervision loss of a batch, in matrix form.
///
/// With E pairs (node, child): S = Z A `[N, E]` holds the child logits (A averages the classes below the child); a
/// log softmax per node gives the log probability of each decision; times B `[E, K]` (1 where the pair lies on the
/// path to the class) it is log P `[N, K]`, the log of the soft rule's probabilities.
public final class TreeLoss {
    public enum Term: String, CaseIterable, Sendable {
        /// Cross entropy of softmax(P): the authors' code feeds probabilities where logits are expected, so the term
        /// stays above ln(e + K - 1) - 1.
        case soft
        /// -mean ln P[y]: Wan et al., arXiv:2004.00221, equation 5 (soft loss as the paper states it).
        case softNLL = "soft_nll"
        /// Cross entropy of every decision on the true path, divided by N I / 2 (I inner nodes). As the decisions on a
        /// path multiply to P[y], this is soft_nll times 2 / I.
        case hard
    }

    public let tree: ClassTree
    public let term: Term
    private let averages: Tensor
    private let paths: Tensor
    private let width: Int
    /// For nodes with fewer children than the widest: 0 where a child exists, -inf elsewhere. Nil where all are equal.
    private let mask: Tensor?
    private let present: Tensor?

    public init(tree: ClassTree, term: Term, type: ElementType = .float32, device: Device = .cpu)
        throws(TorchError)
    {
        self.tree = tree
        self.term = term
        let sets = tree.childLeaves
        let width = sets.map(\.count).max() ?? 0
        self.width = width
        let classes = tree.classes
        let slots = sets.count * width
        var averages = [Double](repeating: 0, count: classes * slots)
        var paths: [Double] = []
        var mask = [Double](repeating: -.infinity, count: slots)
        var present: [Int64] = []
        for (node, children) in sets.enumerated() {
            for (child, leaves) in children.enumerated() {
                let slot = node * width + child
                mask[slot] = 0
                present.append(Int64(slot))
                for leaf in leaves { averages[leaf * slots + slot] = 1 / Double(leaves.count) }
                paths += (0..<classes).map { leaves.contains($0) ? 1 : 0 }
            }
        }
        self.averages = try Tensor.of(averages, shape: [classes, slots]).converted(to: type)
            .copied(to: device)
        self.paths = try Tensor.of(paths, shape: [present.count, classes]).converted(to: type)
            .copied(to: device)
        let ragged = present.count < slots
        self.mask = ragged ? try Tensor.of(mask).converted(to: type).copied(to: device) : nil
        self.present = ragged ? try Tensor.of(present).copied(to: device) : nil
    }

    /// The log of the soft rule's class probabilities, `[N, K]`, from logits `[N, K]`.
    public func logProbabilities(_ logits: Tensor) throws(TorchError) -> Tensor {
        var scores = try logits.matmul(averages)
        if let mask { scores = try scores + mask }
        var decisions = try scores.reshaped([-1, tree.nodes.count, width]).logSoftmax(axis: 2)
        decisions = try decisions.reshaped([-1, tree.nodes.count * width])
        if let present { decisions = try decisions.selecting(present, axis: 1) }
        return try decisions.matmul(paths)
    }

    /// Over the batch, in nats. Labels `[N]` int64.
    public func callAsFunction(
        _ logits: Tensor, _ labels: Tensor, reduction: LossReduction = .mean
    ) throws(TorchError) -> Tensor {
        let logs = try logProbabilities(logits)
        switch term {
        case .soft: return try logs.exp().crossEntropy(labels, reduction: reduction)
        case .softNLL: return try logs.negativeLogLikelihood(labels, reduction: reduction)
        case .hard:
            return try logs.negativeLogLikelihood(labels, reduction: reduction)
                .scaled(by: 2 / Double(tree.nodes.count))
        }
    }
}
