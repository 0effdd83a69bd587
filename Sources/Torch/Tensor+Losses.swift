import CTorch

/// What becomes of the losses of a batch's samples.
public enum LossReduction: Sendable {
    case none, mean, sum

    var code: Int32 {
        switch self {
        case .none: Int32(CTORCH_REDUCE_NONE)
        case .mean: Int32(CTORCH_REDUCE_MEAN)
        case .sum: Int32(CTORCH_REDUCE_SUM)
        }
    }
}

/// Losses with all settings, in nats. A batch that is split over replicas must use `.sum` and divide by the number (or
/// weight) of the whole batch: see `DataParallel`.
extension Tensor {
    /// Cross entropy of softmax(self) `[N, K, ...]` against class indices `[N, ...]`.
    /// - Parameters:
    ///   - classWeights: `[K]`; the mean is then divided by the sum of the samples' weights.
    ///   - smoothing: the share of the target that is spread over all classes.
    public func crossEntropy(
        _ target: Tensor, classWeights: Tensor? = nil, reduction: LossReduction, smoothing: Double = 0
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ctorch_cross_entropy_general(
                handle, target.handle, classWeights?.handle, reduction.code, smoothing, $0)
        }
    }

    /// -self[n, target[n]]; self holds log probabilities.
    public func negativeLogLikelihood(
        _ target: Tensor, classWeights: Tensor? = nil, reduction: LossReduction
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ctorch_nll_general(handle, target.handle, classWeights?.handle, reduction.code, $0)
        }
    }

    /// Cross entropy of sigmoid(self) against targets of the same shape and type.
    /// - Parameter weights: factors on the samples' losses; a mean stays a plain mean.
    public func binaryCrossEntropy(
        _ target: Tensor, weights: Tensor? = nil, reduction: LossReduction = .mean
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ctorch_binary_cross_entropy(handle, target.handle, weights?.handle, reduction.code, $0)
        }
    }

    /// The cosine of the angle between vectors along `axis`.
    public func cosineSimilarity(_ other: Tensor, axis: Int, epsilon: Double = 1e-8) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_cosine_similarity(handle, other.handle, Int64(axis), epsilon, $0) }
    }

    /// Mean absolute difference.
    public func meanAbsoluteError(_ other: Tensor) throws(TorchError) -> Tensor { try (self - other).abs().mean() }

    /// Mean squared difference.
    public func meanSquaredError(_ other: Tensor) throws(TorchError) -> Tensor {
        try (self - other).squared().mean()
    }
}
