import Torch

/// The probe weights with the highest score so far.
final class KeptProbe {
    private let best: LinearProbe
    /// `[1]` float64; -1 before the first.
    private let bestScore: Tensor

    init(like probe: LinearProbe, width: Int, classes: Int) throws(TorchError) {
        best = try LinearProbe(width: width, classes: classes, seed: 0)
        try best.copyValues(from: probe)
        bestScore = try Tensor.of([-1.0])
    }

    /// Keeps the weights where their score is higher than all before. Returns the highest.
    func keep(_ probe: LinearProbe, score: Double) throws(TorchError) -> Double {
        let known = try bestScore.item()
        guard score > known else { return known }
        try best.copyValues(from: probe)
        try bestScore.copy(from: Tensor.of([score]))
        return score
    }

    func logits(_ rows: Tensor) throws(TorchError) -> Tensor { try best(rows) }

    var tensors: [NamedTensor] {
        best.tensors.map { $0.prefixed("best_") } + [NamedTensor(name: "best_score", tensor: bestScore)]
    }
}
