/// Group normalisation with a scale and a shift per channel (Wu, He, arXiv:1803.08494).
public final class GroupNorm: Network {
    public let name: String
    public let weight: Tensor
    public let bias: Tensor
    private let groups: Int
    private let epsilon: Double

    public init(name: String, channels: Int, groups: Int, epsilon: Double = 1e-5) throws(TorchError) {
        guard groups > 0, channels % groups == 0 else {
            throw TorchError(kind: .refused, message: "\(name): \(groups) groups do not divide \(channels) channels")
        }
        self.name = name
        self.groups = groups
        self.epsilon = epsilon
        weight = try Tensor.ones([channels]).requiringGradient()
        bias = try Tensor.zeros([channels]).requiringGradient()
    }

    public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
        try input.groupNorm(groups: groups, weight: weight, bias: bias, epsilon: epsilon)
    }

    public var parameters: [NamedTensor] {
        [NamedTensor(name: name + ".weight", tensor: weight), NamedTensor(name: name + ".bias", tensor: bias)]
    }
}
