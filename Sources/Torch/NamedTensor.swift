/// A parameter or buffer with its name in checkpoints, for example `layer1.0.conv1.weight`.
public struct NamedTensor {
    public let name: String
    public let tensor: Tensor

    public init(name: String, tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }
}
