/// y = x W^T + b
public final class Linear: Network {
    public let name: String
    /// `[outputs, inputs]`
    public let weight: Tensor
    /// `[outputs]`
    public let bias: Tensor

    /// Initial weights and biases are uniform within 1 / sqrt(inputs), PyTorch's rule for `nn.Linear`.
    public init(name: String, inputs: Int, outputs: Int, initial: inout InitialWeights) throws(TorchError) {
        self.name = name
        let bound = 1 / Double(inputs).squareRoot()
        weight = try initial.uniform([outputs, inputs], bound: bound)
        bias = try initial.uniform([outputs], bound: bound)
    }

    public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
        try input.linear(weight: weight, bias: bias)
    }

    public var parameters: [NamedTensor] {
        [NamedTensor(name: name + ".weight", tensor: weight), NamedTensor(name: name + ".bias", tensor: bias)]
    }
}
