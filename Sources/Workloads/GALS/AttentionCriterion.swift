import Torch

/// How far a map is from what it should be, element by element.
enum AttentionCriterion: String, Sendable {
    case l1 = "L1"
    case l2 = "L2"

    /// |d| or d^2, the same shape.
    func callAsFunction(_ difference: Tensor) throws(TorchError) -> Tensor {
        switch self {
        case .l1: try difference.abs()
        case .l2: try difference.squared()
        }
    }
}
