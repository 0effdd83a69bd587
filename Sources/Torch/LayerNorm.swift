/// Layer normalisation over the last axis with a scale and a shift (Ba, Kiros, Hinton, arXiv:1607.06450).
public final class LayerNorm: Network {
    public let name: String
    public let weight: Tensor
    public let bias: Tensor
    private let width: Int
    private let epsilon: Double

    public init(name: String, width: Int, epsilon: Double = 1e-5) throws(TorchError) {
        self.name = name
        self.width = width
        self.epsilon = epsilon
        weight = try Tensor.ones([width]).requiringGradient()
        bias = try Tensor.zeros([width]).requiringGradient()
    }

    public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
        try input.layerNorm([width], weight: weight, bias: bias, epsilon: epsilon)
    }

    public var parameters: [NamedTensor] {
        [NamedTensor(name: name + ".weight", tensor: weight), NamedTensor(name: name + ".bias", tensor: bias)]
    }
}
