/// A parameter or buffer with its name in checkpoints, for example `layer1.0.conv1.weight`.
public struct NamedTensor {
    public let name: String
    public let tensor: Tensor

    public init(name: String, tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }

    /// The same tensor under a longer name.
    public func prefixed(_ prefix: String) -> NamedTensor { NamedTensor(name: prefix + name, tensor: tensor) }

    /// Zeros of the same shapes, types and devices, with `prefix` before the names: an optimiser's state.
    static func zeros(like tensors: [NamedTensor], prefix: String) throws(TorchError) -> [NamedTensor] {
        var made: [NamedTensor] = []
        for named in tensors {
            let zeros = try Tensor.zeros(named.tensor.shape(), type: named.tensor.type())
            try zeros.move(to: named.tensor.device())
            made.append(NamedTensor(name: prefix + named.name, tensor: zeros))
        }
        return made
    }
}
