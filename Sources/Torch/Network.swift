/// Something with trainable tensors: a layer or a whole network.
public protocol Network: AnyObject {
    /// What an optimiser changes, with names unique within the network.
    var parameters: [NamedTensor] { get }
    /// What else belongs to the network's state: running statistics.
    var buffers: [NamedTensor] { get }
    /// Moves all tensors. What was handed out before, to an optimiser for example, may stay where it was.
    func move(to device: Device) throws(TorchError)
}

extension Network {
    public var buffers: [NamedTensor] { [] }

    /// Parameters and buffers: what a file of weights holds.
    public var tensors: [NamedTensor] { parameters + buffers }

    public func move(to device: Device) throws(TorchError) {
        for named in tensors { try named.tensor.move(to: device) }
    }

    /// Copies another network's values into this one's tensors of the same name.
    public func copyValues(from other: any Network) throws(TorchError) {
        let sources = Dictionary(other.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        for target in tensors {
            guard let source = sources[target.name] else {
                throw TorchError(kind: .refused, message: "copy of weights: no tensor '\(target.name)' in the source")
            }
            try target.tensor.copy(from: source)
        }
    }
}
