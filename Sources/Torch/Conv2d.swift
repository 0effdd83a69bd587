/// A square convolution. Without bias unless asked, as the convolutional blocks here put a norm after it.
public final class Conv2d: Network {
    public let name: String
    /// `[outputs, inputs / groups, size, size]`
    public let weight: Tensor
    /// `[outputs]`
    public let bias: Tensor?
    private let stride: Int
    private let padding: Int
    private let groups: Int

    /// Initial weights are normal with variance 2 / fan-in (He et al., "Delving deep into rectifiers",
    /// arXiv:1502.01852, equation 10); biases are zero.
    /// - Parameter padding: nil for half of the size, which keeps the shape at stride 1.
    public init(
        name: String, inputs: Int, outputs: Int, size: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1,
        bias: Bool = false, initial: inout InitialWeights
    ) throws(TorchError) {
        self.name = name
        self.stride = stride
        self.padding = padding ?? size / 2
        self.groups = groups
        weight = try initial.kaimingNormal([outputs, inputs / groups, size, size])
        self.bias = bias ? try Tensor.zeros([outputs]).requiringGradient() : nil
    }

    public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
        guard groups > 1 else {
            return try input.conv2d(weight: weight, bias: bias, stride: stride, padding: padding)
        }
        return try input.conv2d(
            weight: weight, bias: bias, stride: (stride, stride), padding: (padding, padding), groups: groups)
    }

    public var parameters: [NamedTensor] {
        [NamedTensor(name: name + ".weight", tensor: weight)]
            + (bias.map { [NamedTensor(name: name + ".bias", tensor: $0)] } ?? [])
    }
}
