import Torch

/// Augmentation without a network: each row mixed with a text.
enum EmbeddingMix: String, CaseIterable {
    /// unit((1 - a) x + a t)
    case addition
    /// The point at the fraction a of the angle from x to t.
    case slerp

    /// - Parameters:
    ///   - rows: `[N, D]` of length 1.
    ///   - texts: `[N, D]` of length 1.
    func mixed(_ rows: Tensor, _ texts: Tensor, fraction: Double) throws(TorchError) -> Tensor {
        switch self {
        case .addition:
            return try (rows.scaled(by: 1 - fraction) + texts.scaled(by: fraction)).normalised(axis: 1)
        case .slerp:
            let angle = try (rows * texts).sum(axis: 1, keepingAxis: true).clamped(-1...1).acos()
            let sine = try angle.sin()
            let near = try sine.isTrue(.less, 1e-6)
            let divisor = try sine.clamped(1e-6...)
            let first = try near.choosing(
                sine.scaled(by: 0, adding: 1 - fraction), otherwise: angle.scaled(by: 1 - fraction).sin() / divisor)
            let second = try near.choosing(
                sine.scaled(by: 0, adding: fraction), otherwise: angle.scaled(by: fraction).sin() / divisor)
            return try (rows * first + texts * second).normalised(axis: 1)
        }
    }

    /// unit(x + a d): the direction between two texts added, which keeps what the row is.
    static func shifted(_ rows: Tensor, _ directions: Tensor, by amount: Double) throws(TorchError) -> Tensor {
        try (rows + directions.scaled(by: amount)).normalised(axis: 1)
    }
}
