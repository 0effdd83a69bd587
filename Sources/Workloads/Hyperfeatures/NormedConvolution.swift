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
    private let isPlainFloat: Bool

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
        isPlainFloat = type == .float32
        let drawn = try initial.kaimingNormalByOutputs([outputs, inputs, size, size])
        weight = try type == .float32 ? drawn : drawn.detached().converted(to: type).requiringGradient()
        scale = try Tensor.ones([outputs], type: type).requiringGradient()
        shift = try Tensor.zeros([outputs], type: type).requiringGradient()
    }

    /// With one thread libtorch leaves 1x1 convolutions to its BLAS, which on Debian is the plain reference one: ten
    /// times slower than oneDNN (docs/workloads/hyperfeatures.md, "Speed"). Dilation means nothing to a 1x1 kernel, and
    /// makes libtorch choose oneDNN.
    func convolved(_ input: Tensor) throws(TorchError) -> Tensor {
        guard padding == 0, isPlainFloat, try input.device() == .cpu else {
            return try input.conv2d(weight: weight, padding: padding)
        }
        return try input.conv2d(weight: weight, stride: (1, 1), padding: (0, 0), dilation: (2, 2))
    }

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
