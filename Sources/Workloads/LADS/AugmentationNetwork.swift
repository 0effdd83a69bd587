public import Torch

/// Moves an image's vector to another domain: two linear layers with a ReLU between (Dunlap et al., arXiv:2210.09520,
/// section 3.2). The result does not have length 1.
public final class AugmentationNetwork: Network {
    private let first: Linear
    private let second: Linear

    public init(width: Int, hidden: Int, seed: UInt64) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        first = try Linear(name: "fc1", inputs: width, outputs: hidden, initial: &initial)
        second = try Linear(name: "fc2", inputs: hidden, outputs: width, initial: &initial)
    }

    public func callAsFunction(_ rows: Tensor) throws(TorchError) -> Tensor { try second(first(rows).relu()) }

    public var parameters: [NamedTensor] { first.parameters + second.parameters }

    /// The seed of a run's `number`-th network.
    static func seed(_ seed: UInt64, number: Int) -> UInt64 {
        CounterGenerator(seed: seed, stream: 0x61_7567).bits(UInt64(number))
    }
}
