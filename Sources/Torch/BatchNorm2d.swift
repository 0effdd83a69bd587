import CTorch

/// Batch normalisation over the images and positions of each channel (Ioffe, Szegedy, arXiv:1502.03167), with
/// PyTorch's constants: momentum 0.1, epsilon 1e-5, running variance unbiased.
public final class BatchNorm2d: Network {
    /// What follows the normalisation in the same operation.
    public enum Tail: Sendable {
        case none
        case relu
        /// ReLU and 2x2 max pooling.
        case reluPool
    }

    private static let momentum = 0.1
    private static let epsilon = 1e-5

    public let name: String
    public let weight: Tensor
    public let bias: Tensor
    public let runningMean: Tensor
    public let runningVariance: Tensor

    public init(name: String, channels: Int, type: ElementType = .float32) throws(TorchError) {
        self.name = name
        let ones = try Tensor.of([Float](repeating: 1, count: channels)).converted(to: type)
        weight = try ones.clone().requiringGradient()
        bias = try Tensor.zeros([channels], type: type).requiringGradient()
        runningMean = try Tensor.zeros([channels], type: type)
        runningVariance = try ones.clone()
    }

    /// - Parameter training: normalises by the batch and updates the running buffers; otherwise uses the buffers.
    public func callAsFunction(
        _ input: Tensor, training: Bool, tail: Tail = .none
    ) throws(TorchError) -> Tensor {
        guard tail == .none else { return try fused(input, training: training, pool: tail == .reluPool) }
        return try Tensor.make {
            ctorch_batch_norm(
                input.handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle, training,
                Self.momentum, Self.epsilon, $0)
        }
    }

    private func fused(_ input: Tensor, training: Bool, pool: Bool) throws(TorchError) -> Tensor {
        try Tensor.make {
            ctorch_batch_norm_relu(
                input.handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle, training,
                Self.momentum, Self.epsilon, pool, $0)
        }
    }

    public var parameters: [NamedTensor] {
        [NamedTensor(name: name + ".weight", tensor: weight), NamedTensor(name: name + ".bias", tensor: bias)]
    }

    public var buffers: [NamedTensor] {
        [
            NamedTensor(name: name + ".running_mean", tensor: runningMean),
            NamedTensor(name: name + ".running_var", tensor: runningVariance),
        ]
    }
}
