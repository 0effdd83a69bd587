import Torch

/// "Right for the right reasons": a penalty on the gradient of the loss with respect to the image where the evidence
/// should not lie (Ross, Hughes, Doshi-Velez, arXiv:1703.03717, equation 1; the GALS code's `GRADIENT_OUTSIDE`).
struct InputGradientPenalty: Equatable, Sendable {
    enum Region: String, Sendable {
        /// The gradient outside of the map should be zero.
        case outside
        /// The gradient inside of the map should be the map (`GRADIENT_INSIDE`).
        case inside
    }

    /// What the gradient is taken of.
    enum Subject: String, Sendable {
        /// The batch's mean loss, as GALS does.
        case loss
        /// The sum of the log probabilities of all classes, as Ross et al. do.
        case logProbabilities = "sum_log_probs"
    }

    let region: Region
    let criterion: AttentionCriterion
    let subject: Subject

    init(region: Region = .outside, criterion: AttentionCriterion = .l1, subject: Subject = .loss) {
        self.region = region
        self.criterion = criterion
        self.subject = subject
    }

    /// What the gradient with respect to the images is taken of, as a scalar.
    /// - Parameter loss: the part's share of the batch's mean loss.
    func scalar(loss: Tensor, logits: Tensor) throws(TorchError) -> Tensor {
        switch subject {
        case .loss: loss
        case .logProbabilities: try Self.logProbabilities(logits).sum()
        }
    }

    /// Of all classes; of two where there is one output.
    static func logProbabilities(_ logits: Tensor) throws(TorchError) -> Tensor {
        guard try logits.shape()[1] == 1 else { return try logits.logSoftmax(axis: 1) }
        let zeros = try logits.scaled(by: 0)
        return try Tensor.concatenated([zeros, logits], axis: 1).logSoftmax(axis: 1)
    }

    /// The mean over samples, channels and pixels, as in the GALS code.
    /// - Parameters:
    ///   - gradient: `[V, C, H, W]`, of the samples that have a map, with its record.
    ///   - maps: `[V, 1, H, W]`
    ///   - samples: with a map in the whole batch, of which these may be a part.
    func callAsFunction(gradient: Tensor, maps: Tensor, samples: Int) throws(TorchError) -> Tensor {
        let difference =
            switch region {
            case .outside: try gradient - gradient * maps
            case .inside: try gradient - ((1 - maps) * gradient + maps)
            }
        let elements = try gradient.shape().dropFirst().reduce(1, *)
        return try criterion(difference).sum().scaled(by: 1 / (Double(samples) * Double(elements)))
    }

    /// The factor on the mean that gives lambda times the mean over samples of each sample's own penalty: the sum over
    /// its pixels for the gradient of its own loss. The batch's mean loss puts 1 / batch before that gradient.
    ///
    /// So lambda means the same at every batch size and image size; the GALS code's WEIGHT is this factor, and
    /// lambda = WEIGHT / (batch x elements) for L1 (6.9e-4 in its configurations).
    /// - Parameter elements: channels x height x width.
    func weight(lambda: Double, batch: Int, elements: Int) -> Double {
        let own: Double =
            switch (subject, criterion) {
            case (.logProbabilities, _): 1
            case (.loss, .l1): Double(batch)
            case (.loss, .l2): Double(batch) * Double(batch)
            }
        return lambda * own * Double(elements)
    }
}
