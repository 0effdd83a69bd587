/// A square convolution without bias, as the convolutional blocks here put batch norm after it.
public final class Conv2d {
    public let name: String
    /// `[outputs, inputs, size, size]`
    public let weight: Tensor
    private let stride: Int
    private let padding: Int

    /// Initial weights are normal with variance 2 / fan-in (He et al., "Delving deep into rectifiers",
    /// arXiv:1502.01852, equation 10).
    public init(
        name: String, inputs: Int, outputs: Int, size: Int, stride: Int = 1, initial: inout InitialWeights
    ) throws(TorchError) {
        self.name = name
        self.stride = stride
        padding = size / 2
        weight = try initial.kaimingNormal([outputs, inputs, size, size])
    }

    public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
        try input.conv2d(weight: weight, stride: stride, padding: padding)
    }

    public var parameters: [NamedTensor] { [NamedTensor(name: name + ".weight", tensor: weight)] }
}
