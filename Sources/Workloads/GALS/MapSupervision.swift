import Torch

/// Compares a network's own attention map with where the evidence should lie (the GALS code's Grad-CAM and ABN losses).
struct MapSupervision: Equatable, Sendable {
    enum Mode: String, Sendable {
        /// The map should equal the target.
        case match
        /// The map should be zero where the target is.
        case suppressOutside = "suppress_outside"
    }

    let mode: Mode
    let criterion: AttentionCriterion

    init(_ mode: Mode, _ criterion: AttentionCriterion = .l1) {
        self.mode = mode
        self.criterion = criterion
    }

    /// The mean over samples and pixels.
    /// - Parameters:
    ///   - attention: `[V, 1, h, w]`, of the samples that have a target.
    ///   - targets: `[V, 1, H, W]`, brought to the size of the attention here (bilinear, without antialiasing).
    ///   - samples: with a target in the whole batch, of which these may be a part.
    func callAsFunction(attention: Tensor, targets: Tensor, samples: Int) throws(TorchError) -> Tensor {
        let shape = try attention.shape()
        let fitted = try Self.fitted(targets, height: shape[2], width: shape[3])
        let difference =
            switch mode {
            case .match: try attention - fitted
            case .suppressOutside: try attention - attention * fitted
            }
        return try criterion(difference).sum().scaled(by: 1 / (Double(samples) * Double(shape[2] * shape[3])))
    }

    /// Maps in another size, as the GALS code resizes them.
    static func fitted(_ maps: Tensor, height: Int, width: Int) throws(TorchError) -> Tensor {
        let shape = try maps.shape()
        guard shape[2] != height || shape[3] != width else { return maps }
        return try maps.resized(height: height, width: width)
    }
}
