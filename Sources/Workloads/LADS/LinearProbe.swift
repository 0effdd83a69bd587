public import Torch

/// One linear layer from a vector to the classes' logits.
public final class LinearProbe: Network {
    private let layer: Linear

    /// - Parameter texts: `[K, D]`: the weights to start from, with zero biases; nil for random ones.
    public init(width: Int, classes: Int, seed: UInt64, texts: Tensor? = nil) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        layer = try Linear(name: "probe", inputs: width, outputs: classes, initial: &initial)
        guard let texts else { return }
        try layer.weight.copy(from: texts)
        try layer.bias.copy(from: Tensor.zeros([classes]))
    }

    public func callAsFunction(_ rows: Tensor) throws(TorchError) -> Tensor { try layer(rows) }

    public var parameters: [NamedTensor] { layer.parameters }
}
