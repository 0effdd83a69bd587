import Torch

/// A square convolution without bias at stride 1 that keeps the size, and group normalisation of its result.
final class NormedConvolution: Network {
    private static let epsilon = 1e-5
    private let name: String
    private let weight: Tensor
    private let scale: Tensor
    private let shift: Tensor
    private let groups: Int
    private let padding: Int

    /// Weights are normal with variance 2 / fan-out (He et al., arXiv:1502.01852, equation 14).
    init(
        name: String, inputs: Int, outputs: Int, size: Int, groups: Int, type: ElementType,
        initial: inout InitialWeights
    ) throws(TorchError) {
        guard groups > 0, outputs % groups == 0 else {
            throw TorchError(kind: .refused, message: "\(name): \(groups) groups do not divide \(outputs) channels")
        }
        self.name = name
        self.groups = groups
        padding = size / 2
        let drawn = try initial.kaimingNormalByOutputs([outputs, inputs, size, size])
        weight = try type == .float32 ? drawn : drawn.detached().converted(to: type).requiringGradient()
        scale = try Tensor.ones([outputs], type: type).requiringGradient()
        shift = try Tensor.zeros([outputs], type: type).requiringGradient()
    }

    func convolved(_ input: Tensor) throws(TorchError) -> Tensor { try input.conv2d(weight: weight, padding: padding) }

    func normed(_ values: Tensor) throws(TorchError) -> Tensor {
        try values.groupNorm(groups: groups, weight: scale, bias: shift, epsilon: Self.epsilon)
    }

    func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor { try normed(convolved(input)) }

    var parameters: [NamedTensor] {
        [
            NamedTensor(name: name + ".weight", tensor: weight),
            NamedTensor(name: name + ".norm.weight", tensor: scale),
            NamedTensor(name: name + ".norm.bias", tensor: shift),
        ]
    }
}
